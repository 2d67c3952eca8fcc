import { describe, expect, test } from '@jest/globals';
import {
  branchGuard,
  confirmGuard,
  inWindow,
  sameCommitGuard,
  windowGuard,
  type GuardView,
} from '../../src/model/guard.ts';
import type { ReleaseId } from '../../src/model/release.ts';
import type { Shipment } from '../../src/model/shipment.ts';

const id = '2026-11-20_14.05.33' as ReleaseId;
const shipment: Shipment = {
  from: undefined,
  to: 'b'.repeat(40),
  ref: 'feature/x',
  commits: [],
  undone: [],
  changedFiles: 0,
  submodules: [],
  migrations: [],
};
const view = (more: Partial<GuardView> = {}): GuardView => ({
  environment: 'prod',
  task: 'deploy',
  settings: { default_branch: 'master' },
  release: id,
  live: { id, commit: 'a'.repeat(40) },
  shipment,
  resumed: false,
  now: new Date('2026-11-20T14:05:33Z'),
  ...more,
});

test('branch: asks for another one than the default', () => {
  expect(branchGuard.ask(view())).toBe('prod is normally deployed from master; deploy feature/x instead?');
  expect(branchGuard.ask(view({ shipment: { ...shipment, ref: 'master' } }))).toBeUndefined();
  expect(branchGuard.ask(view({ shipment: undefined }))).toBeUndefined();
  expect(branchGuard.ask(view({ resumed: true }))).toBeUndefined();
});

test('same commit: asks when it is live already', () => {
  const same = { id, commit: shipment.to };
  expect(sameCommitGuard.ask(view({ live: same }))).toBe(`bbbbbbbbbb is live already in ${id}; deploy it again?`);
  expect(sameCommitGuard.ask(view())).toBeUndefined();
  expect(sameCommitGuard.ask(view({ live: undefined }))).toBeUndefined();
  expect(sameCommitGuard.ask(view({ live: { id, commit: undefined } }))).toBeUndefined();
  expect(sameCommitGuard.ask(view({ live: same, resumed: true }))).toBeUndefined();
});

test('confirmation: always asks, and says what for', () => {
  expect(confirmGuard.ask(view())).toBe(`Go ahead with deploy on prod (release ${id})?`);
  expect(confirmGuard.ask(view({ resumed: true, release: undefined }))).toBe('Resume deploy on prod?');
});

describe('the maintenance window', () => {
  const ask = (at: string, hour_start: number, hour_end: number, timezone = 'UTC') =>
    windowGuard.ask(
      view({
        now: new Date(at),
        settings: { acceptable_maintenance_window: { hour_start, hour_end, timezone } },
      }),
    );

  test.each([
    ['2026-11-20T14:59:59Z', 12, 15, undefined],
    ['2026-11-20T12:00:00Z', 12, 15, undefined],
    ['2026-11-20T15:00:00Z', 12, 15, '15:00'],
    ['2026-11-20T11:59:59Z', 12, 15, '11:59'],
    ['2026-11-20T23:30:00Z', 22, 4, undefined],
    ['2026-11-20T00:00:00Z', 22, 4, undefined],
    ['2026-11-20T03:59:00Z', 22, 4, undefined],
    ['2026-11-20T04:00:00Z', 22, 4, '04:00'],
    ['2026-11-20T21:59:00Z', 22, 4, '21:59'],
    ['2026-11-20T23:59:00Z', 20, 24, undefined],
    ['2026-11-20T00:00:00Z', 20, 24, '00:00'],
    ['2026-11-20T13:00:00Z', 0, 24, undefined],
  ])('%s in %d to %d', (at, start, end, outside) => {
    expect(ask(at, start, end)).toBe(
      outside === undefined
        ? undefined
        : `It is ${outside} in UTC, outside the window of prod (${start}:00 to ${end}:00); go ahead?`,
    );
  });

  test.each([
    // Half an hour off, on either side of UTC, summer and winter.
    ['2026-11-20T16:30:00Z', 'Asia/Kolkata', undefined], // 22:00
    ['2026-11-20T16:29:00Z', 'Asia/Kolkata', '21:59'],
    ['2026-07-20T02:00:00Z', 'America/New_York', undefined], // 22:00, summer time
    ['2026-11-20T02:00:00Z', 'America/New_York', '21:00'],
    ['2026-11-20T13:00:00Z', 'Pacific/Kiritimati', undefined], // 03:00 tomorrow
  ])('%s in %s', (at, timezone, outside) => {
    const asked = ask(at, 22, 4, timezone);
    expect(asked).toBe(
      outside === undefined
        ? undefined
        : `It is ${outside} in ${timezone}, outside the window of prod (22:00 to 4:00); go ahead?`,
    );
  });

  test('none set, nothing asked', () => {
    expect(windowGuard.ask(view())).toBeUndefined();
    expect(windowGuard.ask(view({ settings: { acceptable_maintenance_window: null } }))).toBeUndefined();
  });

  test('every hour is in a window or in its complement, never in both', () => {
    for (let start = 0; start < 24; start += 1)
      for (let end = 0; end < 24; end += 1)
        for (let hour = 0; hour < 24; hour += 1)
          if (start !== end) {
            const window = { hour_start: start, hour_end: end, timezone: 'UTC' };
            const complement = { hour_start: end, hour_end: start, timezone: 'UTC' };
            expect(inWindow(hour, window)).toBe(!inWindow(hour, complement));
          }
  });
});

test('flags are spelled as they are typed, and no two are one', () => {
  const flags = [branchGuard, confirmGuard, sameCommitGuard, windowGuard].map(({ flag }) => flag);
  expect(flags).toEqual(['other-branch', 'yes', 'same-commit', 'outside-window']);
});
