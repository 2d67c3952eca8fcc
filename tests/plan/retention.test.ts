import { describe, expect, test } from '@jest/globals';
import type { ReleaseId } from '../../src/model/release.ts';
import { pinnedUntil } from '../../src/model/release.ts';
import type { HostSurvey } from '../../src/model/survey.ts';
import {
  afterPublishing,
  decideRetention,
  liveOn,
  rollbackTargetOn,
  type RetentionInput,
} from '../../src/plan/retention.ts';
import { day, live, now, record, release, surveyed } from './builders.ts';

/** Two successful releases kept, unless a row says otherwise; decisions as `name: reason`, newest first. */
const decide = (hosts: readonly HostSurvey[], more: Partial<RetentionInput> = {}): readonly string[] =>
  decideRetention({ hosts, keep: 2, building: undefined, now, ...more }).verdicts.map(
    ({ name, keep, reason }) => `${keep ? 'keep' : 'delete'} ${name}: ${reason}`,
  );

const older = 'older than the successful ones that are kept';

/** Four recorded releases, the newest live: days 6, 7, 8 and 9. */
const settled = (more: Partial<HostSurvey> = {}): HostSurvey => ({
  ...surveyed('web1'),
  current: live(day(9)),
  recorded: [day(6), day(7), day(8), day(9)],
  releases: [6, 7, 8, 9].map((number) => release(day(number))),
  ...more,
});

const settledVerdicts = [
  `keep ${day(9)}: live`,
  `keep ${day(8)}: the rollback target`,
  `delete ${day(7)}: ${older}`,
  `delete ${day(6)}: ${older}`,
];

/** The settled host with one release more, of day 5, and what becomes of that one. */
const oneMore = (more: Parameters<typeof release>[1], input: Partial<RetentionInput> = {}, name: string = day(5)) =>
  decide([settled({ releases: [release(name, more), ...settled().releases] })], input).filter((line) =>
    line.includes(` ${name}:`),
  );

describe('every row of the ancestor’s rules, and of what went wrong with them', () => {
  test('the newest successful ones stay, the live one counted; recorded beyond them goes', () => {
    expect(decide([settled()])).toEqual(settledVerdicts);
    expect(decide([settled()], { keep: 3 })).toEqual([
      ...settledVerdicts.slice(0, 2),
      `keep ${day(7)}: one of the newest 3 successful`,
      `delete ${day(6)}: ${older}`,
    ]);
    expect(decide([settled()], { keep: 4 }).filter((line) => line.startsWith('delete'))).toEqual([]);
  });

  test('keep 1 still leaves what a rollback would go back to', () => {
    expect(decide([settled()], { keep: 1 })).toEqual(settledVerdicts);
  });

  test('this run’s release stays, though nobody has recorded it', () => {
    const building = day(10);
    const hosts = [
      settled({
        releases: [...settled().releases, release(building, { record: record(building, { state: 'building' }) })],
      }),
    ];
    expect(decide(hosts, { building })[0]).toBe(`keep ${building}: being built by this run`);
    expect(decide(hosts, { building: undefined })[0]).toBe(`delete ${building}: never finished`);
  });

  test('unrecorded: a failed deploy and one that was killed go', () => {
    expect(oneMore({ record: record(day(5), { state: 'failed' }) })).toEqual([`delete ${day(5)}: never finished`]);
    expect(oneMore({ record: record(day(5), { state: 'building' }) })).toEqual([`delete ${day(5)}: never finished`]);
  });

  test('unrecorded: a private release without a marker, and a rolled-back one, go', () => {
    expect(oneMore({})).toEqual([`delete ${day(5)}: never published, or rolled back`]);
    expect(oneMore({ record: undefined })).toEqual([`delete ${day(5)}: never published, or rolled back`]);
    expect(decide([settled({ current: live(day(8)), recorded: [day(6), day(7), day(8)] })], { keep: 2 })).toEqual([
      `delete ${day(9)}: never published, or rolled back`,
      `keep ${day(8)}: live`,
      `keep ${day(7)}: the rollback target`,
      `delete ${day(6)}: ${older}`,
    ]);
  });

  test('unrecorded: somebody else’s release in progress stays', () => {
    expect(oneMore({ record: record(day(5), { state: 'building' }), locked: true })).toEqual([
      `keep ${day(5)}: held by another run on web1`,
    ]);
  });

  test('a marker for the future pins; not counted among the successful', () => {
    expect(oneMore({ pinnedUntil: new Date('2026-11-30T14:05:00Z') })).toEqual([
      `keep ${day(5)}: pinned until 2026-11-30 14:05 UTC`,
    ]);
  });

  test('a marker also pins a release that is recorded: the ancestor only looked at the others', () => {
    const pinned = { pinnedUntil: new Date('2026-11-30T14:05:00Z') };
    expect(
      decide([
        settled({ releases: settled().releases.map((each) => (each.name === day(6) ? { ...each, ...pinned } : each)) }),
      ]),
    ).toEqual([...settledVerdicts.slice(0, 3), `keep ${day(6)}: pinned until 2026-11-30 14:05 UTC`]);
  });

  test('a marker that has expired pins no more, to the second', () => {
    expect(oneMore({ pinnedUntil: new Date(now.getTime() + 1000) })[0]).toMatch(/^keep/);
    expect(oneMore({ pinnedUntil: now })).toEqual([`delete ${day(5)}: its pin has expired`]);
  });

  test('a marker that cannot be read pins for ever', () => {
    expect(pinnedUntil('KEEP_UNTIL__next week')).toBe('forever');
    expect(oneMore({ pinnedUntil: 'forever' })).toEqual([`keep ${day(5)}: pinned by a marker that cannot be read`]);
  });

  test('a pin on one host keeps the release on all', () => {
    const hosts = [
      settled({ releases: [release(day(5)), ...settled().releases] }),
      {
        ...settled({ releases: [release(day(5), { pinnedUntil: 'forever' }), ...settled().releases] }),
        host: 'web2',
      },
    ];
    expect(decide(hosts).at(-1)).toBe(`keep ${day(5)}: pinned by a marker that cannot be read`);
  });

  test('names that are none of ours stay: stray folders, blanks, dates that are none', () => {
    const strays = ['.git_mirrors', 'a b', '2026-02-31_12.00.00', 'backup', '2026-11-05_12.00.00.bak', '2026-11-05'];
    const lines = decide([settled({ releases: [...strays.map((name) => release(name)), ...settled().releases] })], {
      keep: 1,
    });
    expect(lines.filter((line) => line.endsWith('not a release of ours')).sort()).toEqual(
      strays.map((name) => `keep ${name}: not a release of ours`).sort(),
    );
  });

  test('the ancestor’s names without seconds are releases like others', () => {
    const name = '2026-11-01_12.00' as ReleaseId;
    expect(oneMore({ record: undefined }, {}, name)).toEqual([`delete ${name}: never published, or rolled back`]);
    expect(
      decide([
        settled({ recorded: [name, ...settled().recorded], releases: [release(name), ...settled().releases] }),
      ]).at(-1),
    ).toBe(`delete ${name}: ${older}`);
  });

  test('the live release stays wherever its name stands: after a rollback to an old one, too', () => {
    // The guard of commcare-cloud looked for releases/current, and the link is beside releases/.
    expect(decide([settled({ current: live(day(6)), recorded: [day(6), day(7), day(8), day(9)] })])).toEqual([
      `keep ${day(9)}: one of the newest 2 successful`,
      `keep ${day(8)}: one of the newest 2 successful`,
      `delete ${day(7)}: ${older}`,
      `keep ${day(6)}: live`,
    ]);
  });

  test('a link whose release is gone harms nothing', () => {
    expect(decide([settled({ current: { kind: 'release', id: day(3), exists: false } })])).toEqual([
      `keep ${day(9)}: the rollback target`,
      `keep ${day(8)}: one of the newest 2 successful`,
      ...settledVerdicts.slice(2),
    ]);
  });

  test('a line written twice does not make the live release its own rollback target', () => {
    const twice = settled({ recorded: [day(6), day(7), day(8), day(9), day(9)] });
    expect(rollbackTargetOn(twice)).toBe(day(8));
    expect(decide([twice])).toEqual(settledVerdicts);
  });

  describe('as it has happened elsewhere: every recorded release looked like a failed one', () => {
    test('nothing that was built goes when RELEASES.txt cannot be read', () => {
      expect(decide([settled({ recorded: [] })])).toEqual([
        `keep ${day(9)}: live`,
        ...[8, 7, 6].map((number) => `keep ${day(number)}: only 0 of 2 are recorded as successful`),
      ]);
    });

    test('nor in a deploy, which counts what it has just published', () => {
      const hosts = afterPublishing(
        [settled({ recorded: [], releases: [...settled().releases, release(day(10))] })],
        day(10),
      );
      expect(decide(hosts, { keep: 2, building: day(10), before: new Set([day(9)]) })).toEqual([
        `keep ${day(10)}: live`,
        `keep ${day(9)}: live before this run`,
        ...[8, 7, 6].map((number) => `keep ${day(number)}: only 1 of 2 are recorded as successful`),
      ]);
    });

    test('what never was finished goes all the same', () => {
      expect(
        decide([
          settled({
            recorded: [],
            releases: [...settled().releases, release(day(5), { record: record(day(5), { state: 'failed' }) })],
          }),
        ]).at(-1),
      ).toBe(`delete ${day(5)}: never finished`);
    });

    test('what never was finished stays where it alone knows what was left stopped', () => {
      const hosts = [
        settled({
          recorded: [],
          releases: [...settled().releases, release(day(5), { record: record(day(5), { state: 'failed' }) })],
        }),
      ];
      expect(decide(hosts, { owed: new Set([day(5)]) }).at(-1)).toBe(
        `keep ${day(5)}: its journal says what a killed run has stopped`,
      );
    });

    test('releases without a record of ours are taken for finished', () => {
      expect(
        decide([
          settled({
            recorded: [day(9)],
            releases: settled().releases.map(({ name }) => release(name, { record: undefined })),
          }),
        ]),
      ).toEqual([
        `keep ${day(9)}: live`,
        ...[8, 7, 6].map((number) => `keep ${day(number)}: only 1 of 2 are recorded as successful`),
      ]);
    });

    test('one host whose list is lost decides nothing alone', () => {
      expect(decide([settled(), { ...settled({ recorded: [] }), host: 'web2' }])).toEqual(settledVerdicts);
    });
  });

  test('a process that runs from a release keeps it, on every host', () => {
    expect(oneMore({ inUse: true })).toEqual([`keep ${day(5)}: in use by a process on web1`]);
    const old = settled({ releases: settled().releases.map((each) => ({ ...each, inUse: each.name === day(6) })) });
    expect(decide([settled(), { ...old, host: 'web2' }]).at(-1)).toBe(`keep ${day(6)}: in use by a process on web2`);
  });

  test('where processes of others cannot be seen, nothing younger than 7 days goes', () => {
    const blind = { seesProcesses: false };
    const week = (id: string) => `keep ${id}: younger than 7 days, and processes of other users cannot be seen`;
    const young = settled({
      ...blind,
      recorded: [12, 13, 14, 15, 16].map(day),
      current: live(day(16)),
      releases: [12, 13, 14, 15, 16].map((number) => release(day(number))),
    });
    expect(decide([young])).toEqual([
      `keep ${day(16)}: live`,
      `keep ${day(15)}: the rollback target`,
      week(day(14)),
      // The 13th, 12:00 is seven days and two hours ago.
      `delete ${day(13)}: ${older}`,
      `delete ${day(12)}: ${older}`,
    ]);
    expect(decide([{ ...young, seesProcesses: true }]).filter((line) => line.startsWith('delete')).length).toBe(3);
    // One blind host among several that see.
    expect(
      decide([
        { ...young, seesProcesses: true },
        { ...young, host: 'web2' },
      ])[2],
    ).toBe(week(day(14)));
  });

  test('`keep` from a command line or a file is a number by then', () => {
    expect(decide([settled()], { keep: Number('3') })).toEqual(decide([settled()], { keep: 3 }));
  });

  test('a fleet without releases has nothing to decide', () => {
    expect(decide([])).toEqual([]);
    expect(decide([surveyed('web1')])).toEqual([]);
  });
});

describe('one decision for hosts that disagree', () => {
  test('live anywhere, a rollback target anywhere, recorded anywhere', () => {
    const ahead = settled();
    const behind: HostSurvey = { ...settled({ current: live(day(7)), recorded: [day(6), day(7)] }), host: 'web2' };
    expect(decide([ahead, behind])).toEqual([
      `keep ${day(9)}: live`,
      `keep ${day(8)}: the rollback target`,
      `keep ${day(7)}: live`,
      `keep ${day(6)}: the rollback target`,
    ]);
  });

  test('a release says which hosts have it, in their order', () => {
    const hosts = [settled(), { ...settled({ releases: [release(day(9)), release(day(6))] }), host: 'web2' }];
    expect(
      decideRetention({ hosts, keep: 2, building: undefined, now }).verdicts.map(({ name, hosts: on }) => [name, on]),
    ).toEqual([
      [day(9), ['web1', 'web2']],
      [day(8), ['web1']],
      [day(7), ['web1']],
      [day(6), ['web1', 'web2']],
    ]);
  });
});

describe('the rollback target of a host', () => {
  const target = (more: Partial<HostSurvey>) => rollbackTargetOn(settled(more));
  test.each([
    ['the one recorded before the live one', {}, day(8)],
    ['not one that is gone', { releases: [6, 7, 9].map((number) => release(day(number))) }, day(7)],
    ['after a rollback, further back', { current: live(day(7)), recorded: [day(6), day(7)] }, day(6)],
    ['after a publish without a record, the last recorded one', { current: live(day(9)), recorded: [day(6)] }, day(6)],
    ['none before the first', { current: live(day(6)) }, undefined],
    ['none without a live release', { current: { kind: 'absent' as const } }, undefined],
    ['none when the link is foreign', { current: { kind: 'foreign' as const, target: '/srv' } }, undefined],
    ['no stray line', { recorded: [day(6), 'README', '', day(9)] }, day(6)],
  ])('%s', (_, more, expected) => {
    expect(target(more)).toBe(expected);
  });
});

describe('after publishing', () => {
  test('the new release is live and recorded, and what was live is its rollback target', () => {
    const [host] = afterPublishing([settled()], day(10));
    expect(host).toEqual(settled({ current: live(day(10)), recorded: [6, 7, 8, 9, 10].map(day) }));
  });
  test('an unrecorded live release stays, and so does the recorded one that a rollback goes back to', () => {
    const hosts = [settled({ recorded: [day(6)], releases: [...settled().releases, release(day(10))] })];
    const after = afterPublishing(hosts, day(10));
    expect(after[0]?.recorded).toEqual([day(6), day(10)]);
    const kept = decideRetention({ hosts: after, keep: 1, building: day(10), before: liveOn(hosts), now });
    expect(kept.verdicts.filter(({ keep }) => keep).map(({ name }) => name)).toEqual([day(10), day(9), day(6)]);
  });
  test('going back to a recorded release records it once', () => {
    const [host] = afterPublishing([settled()], day(7));
    expect(host?.recorded).toEqual([day(6), day(8), day(9), day(7)]);
  });
});
