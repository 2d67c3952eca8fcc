import { describe, expect, test } from '@jest/globals';
import { judge } from './judge.ts';
import { newCopy, newTruth, type HostTruth, type Truth } from './truth.ts';

const id = (day: number): string => `2026-11-0${day}_12.00.00`;
const cleaning = { keep: 1, published: undefined, before: new Set<string>() };

/** Five releases on two hosts, all deployed one after the other; `change` happens on the second host. */
const fleet = (change: (host: HostTruth) => void): Truth => {
  const truth = newTruth(['web1', 'web2'], Date.UTC(2026, 10, 6));
  for (const host of truth.hosts) {
    for (const day of [1, 2, 3, 4, 5]) host.copies.set(id(day), newCopy('built'));
    host.records = [1, 2, 3, 4, 5].map(id);
    host.live = id(5);
  }
  change(truth.hosts[1]!);
  return truth;
};

describe('what must never be deleted', () => {
  test.each<[string, number, (host: HostTruth) => void]>([
    ['live', 5, () => undefined],
    ['needed for rollback', 4, () => undefined],
    ['pinned', 1, (host) => host.copies.get(id(1))?.pins.push(Date.UTC(2026, 10, 7))],
    ['pinned', 1, (host) => host.copies.get(id(1))?.pins.push('forever')],
    ['built by another run', 1, (host) => host.copies.set(id(1), newCopy('building', { held: true }))],
    ['in use', 1, (host) => host.copies.set(id(1), newCopy('built', { users: 1 }))],
    [
      'in use, unseen',
      1,
      (host) => {
        host.copies.set(id(1), newCopy('built', { users: 1 }));
        host.sees = false;
      },
    ],
  ])('%s', (reason, day, change) => {
    const truth = fleet(change);
    const others = [1, 2, 3].map(id).filter((name) => name !== id(day));
    expect(() => judge(truth, cleaning, [...others, id(day)])).toThrow(`${id(day)} is deleted and is ${reason}`);
    expect(judge(truth, cleaning, truth.hosts[1]!.sees ? others : [])).toBeDefined();
  });
});

test('what nobody needs must not be left', () => {
  const truth = fleet(() => undefined);
  expect(() => judge(truth, cleaning, [id(1), id(2)])).toThrow(`${id(3)} is left and nobody needs it`);
  expect(() => judge(truth, { ...cleaning, keep: 4 }, [])).toThrow(`${id(1)} is left and nobody needs it`);
});
