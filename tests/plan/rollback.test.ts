import { describe, expect, test } from '@jest/globals';
import { operation } from '../../src/model/operation.ts';
import type { FoundRecord } from '../../src/model/publish-record.ts';
import { previousRelease } from '../../src/model/release-choice.ts';
import { role } from '../../src/model/role.ts';
import { publishStep } from '../../src/model/step.ts';
import type { HostSurvey } from '../../src/model/survey.ts';
import { task } from '../../src/model/task.ts';
import { makePlan, type PlanInput } from '../../src/plan/make-plan.ts';
import { afterPublishing, decideRetention } from '../../src/plan/retention.ts';
import { rollbackTarget } from '../../src/plan/rollback.ts';
import { planText } from '../../src/report/plan-text.ts';
import {
  commitOf,
  day,
  input,
  inventory,
  journalled,
  live,
  now,
  record,
  release,
  survey,
  surveyed,
} from './builders.ts';

const web = role('web');
const named = (name: string, roles = [web]) => operation({ name, roles, run: async () => undefined });
const rollback = task({
  name: 'rollback',
  description: '',
  release: previousRelease,
  steps: [publishStep([web]), named('app.restart')],
});

/** A host with these releases, the newest of them live and all recorded, unless told otherwise. */
const host = (name: string, days: readonly number[], more: Partial<HostSurvey> = {}): HostSurvey =>
  surveyed(name, {
    releases: days.map((number) => release(day(number), { record: record(day(number), { tree: 'as built' }) })),
    recorded: days.map(day),
    ...(days.length === 0 ? {} : { current: live(day(days.at(-1) ?? 0)) }),
    ...more,
  });
/** The same host with another record of one release. */
const recordedAs = (own: HostSurvey, number: number, more: Parameters<typeof record>[1]): HostSurvey => ({
  ...own,
  releases: own.releases.map((each) =>
    each.name === day(number) ? { ...each, record: record(day(number), { tree: 'as built', ...more }) } : each,
  ),
});

const shipment = {
  from: commitOf('b'),
  to: commitOf('a'),
  ref: 'master',
  commits: [],
  undone: [{ hash: commitOf('b'), author: 'Ana', subject: 'Break it' }],
  changedFiles: 1,
  submodules: [],
  migrations: [],
};
const asked = (hosts: readonly HostSurvey[], more: Partial<PlanInput> = {}): PlanInput =>
  input(rollback, { survey: survey(hosts), source: { commit: commitOf('a'), ref: 'master', shipment }, ...more });
const answer = (hosts: readonly HostSurvey[], more: Partial<PlanInput> = {}) => {
  const made = makePlan(asked(hosts, more));
  return made.ok
    ? { to: made.value.release?.id, notices: made.value.notices }
    : { problems: made.failure.map(({ sentence }) => sentence) };
};
const to = (number: number, ...notices: readonly string[]) => ({ to: day(number), notices });

describe('which release a rollback goes to', () => {
  test('the newest that was live before the live one', () => {
    const made = makePlan(asked([host('web1', [1, 2, 3]), host('web2', [1, 2, 3])]));
    expect(made.ok && made.value).toMatchObject({
      id: '2026-11-20_14.05.33',
      release: { id: day(2), commit: commitOf('a'), ref: undefined },
      releaseHosts: ['web1', 'web2'],
      notices: [],
    });
  });

  test('one host with one more decides nothing: what all have is chosen, and what is passed over is told', () => {
    expect(answer([host('web1', [1, 2, 3]), host('web2', [1, 3])])).toEqual(
      to(1, `passed over ${day(2)}: web2 does not have it`),
    );
    const extra = host('web1', [1, 2, 3]);
    expect(answer([extra, { ...host('web2', [1, 2, 3]), recorded: [day(1), day(3)] }])).toEqual(to(2));
    expect(answer([extra, { ...host('web2', [1, 2, 3]), recorded: [] }])).toEqual(to(2));
  });

  test('a split fleet goes to what was live before the newer half', () => {
    expect(answer([host('web1', [1, 2, 3]), { ...host('web2', [1, 2, 3]), current: live(day(2)) }])).toEqual(to(2));
    // A rollback that was interrupted between two hosts, seen from the other side.
    expect(
      answer([
        { ...host('web1', [1, 2, 3]), current: live(day(2)), recorded: [1, 2].map(day) },
        host('web2', [1, 2, 3]),
      ]),
    ).toEqual(to(2));
    // One that was left out of the last deploy has the older one live.
    expect(answer([host('web1', [1, 2, 3]), host('web2', [1, 3]), host('web3', [1])])).toEqual(
      to(1, `passed over ${day(2)}: web2 does not have it; web3 does not have it`),
    );
  });

  test.each([
    ['decided', 'before any host was changed', 2],
    ['prepared', 'before it was decided: it is given up', 1],
    ['undo', 'while no host shows it any more', 1],
  ] as const)('a deploy that was interrupted when it was %s, %s', (phase, _, target) => {
    const txn: FoundRecord = {
      kind: 'record',
      record: {
        v: 1,
        epoch: 4,
        run: day(3),
        task: 'deploy',
        release: day(3),
        commit: null,
        phase,
        participants: { web1: `releases/${day(2)}`, web2: `releases/${day(2)}` },
        behind: {},
        user: 'ana',
        machine: 'laptop',
        at: '2026-11-03T12:00:00.000Z',
      },
    };
    const before = { current: live(day(2)), recorded: [1, 2].map(day), txn };
    const hosts = [host('web1', [1, 2, 3], before), host('web2', [1, 2, 3], before)];
    expect(answer(hosts)).toMatchObject({ to: day(target) });
    // Whoever names its release goes there, finished or not.
    expect(answer(hosts, { params: { to: day(3) } })).toMatchObject({ to: day(3) });
    const toOld = answer(hosts, { params: { to: day(2) } });
    if (phase === 'decided') expect(toOld).toMatchObject({ to: day(2) });
    else expect(toOld).toEqual({ problems: [`${day(2)} is live already on every host.`] });
  });

  test('in the order in which they were live, when an older one was published again', () => {
    const again = host('web1', [1, 2, 3], { recorded: [1, 3, 2].map(day), current: live(day(2)) });
    expect(answer([again])).toEqual(to(3));
  });

  test('only what was live: neither a private one, nor one that was rolled back', () => {
    expect(answer([host('web1', [1, 2, 3], { recorded: [1, 3].map(day) })])).toEqual(to(1));
  });

  test('complete on every host', () => {
    expect(answer([host('web1', [1, 2, 3]), recordedAs(host('web2', [1, 2, 3]), 2, { state: 'failed' })])).toEqual(
      to(1, `passed over ${day(2)}: on web2 it was never finished (failed)`),
    );
    expect(
      answer([host('web1', [1, 2, 3]), recordedAs(host('web2', [1, 2, 3]), 2, { commit: commitOf('c') })]),
    ).toEqual(to(1, `passed over ${day(2)}: it holds different commits: web1 aaaaaaaaaa, web2 cccccccccc`));
  });

  test('none', () => {
    expect(answer([host('web1', [1])])).toEqual({ problems: ['No host has a release to go back to.'] });
    expect(answer([host('web1', [1, 2]), host('web2', [2])])).toEqual({
      problems: [`There is no release that every host can go back to. ${day(1)}: web2 does not have it.`],
    });
  });

  test('the one that is named, if it is fit and not live already', () => {
    const hosts = [host('web1', [1, 2, 3]), recordedAs(host('web2', [1, 2, 3]), 1, { state: 'building' })];
    expect(answer(hosts, { params: { to: day(2) } })).toEqual(to(2));
    expect(answer(hosts, { params: { to: day(1) } })).toEqual({
      problems: [`${day(1)} cannot be gone back to: on web2 it was never finished (building).`],
    });
    expect(answer(hosts, { params: { to: day(7) } })).toEqual({
      problems: [`${day(7)} cannot be gone back to: web1 does not have it; web2 does not have it.`],
    });
    expect(answer(hosts, { params: { to: day(3) } })).toEqual({
      problems: [`${day(3)} is live already on every host.`],
    });
  });

  test('hosts that do not publish are not asked', () => {
    const withDatabase = { ...rollback, steps: [publishStep([web]), named('db.note', [role('db')])] };
    const made = makePlan({
      ...asked([host('web1', [1, 2]), surveyed('db1')], { inventory: inventory({ web: ['web1'], db: ['db1'] }) }),
      task: withDatabase,
    });
    expect(made.ok && made.value).toMatchObject({ release: { id: day(1) }, releaseHosts: ['web1'] });
  });

  test('is kept by cleaning, also where single hosts would go to newer ones', () => {
    const hosts = [host('web1', [1, 2, 4, 5]), host('web2', [1, 3, 4, 5])].map((each, index) => ({
      ...each,
      recorded: index === 0 ? [1, 2, 5].map(day) : [1, 3, 5].map(day),
    }));
    expect(rollbackTarget(hosts)).toBe(day(1));
    const kept = (which: readonly HostSurvey[]) =>
      decideRetention({ hosts: which, keep: 1, building: undefined, now })
        .verdicts.filter(({ keep }) => keep)
        .map(({ name, reason }) => [name, reason]);
    expect(kept(hosts)).toEqual([
      [day(5), 'live'],
      [day(3), 'the rollback target'],
      [day(2), 'the rollback target'],
      [day(1), 'the rollback target'],
    ]);
    expect(kept(afterPublishing([host('web1', [1, 2])], day(6)))).toEqual([[day(2), 'the rollback target']]);
  });
});

describe('what its files say', () => {
  const hosts = [host('web1', [1, 2, 3]), host('web2', [1, 2, 3])];
  const damages = [{ release: day(2), host: 'web2', files: ['a.py', 'b.py', 'c', 'd', 'e', 'f'] }];

  test('one that is damaged is passed over, with the host and the files', () => {
    expect(answer(hosts, { integrity: { damages, unchecked: [] } })).toEqual(
      to(1, `passed over ${day(2)}: on web2 it is not as it was built: a.py, b.py, c, d, e and 1 more`),
    );
  });

  test('named, it is refused', () => {
    expect(
      answer(hosts, { params: { to: day(2) }, integrity: { damages: [{ ...damages[0]!, files: [] }], unchecked: [] } }),
    ).toEqual({
      problems: [`${day(2)} cannot be gone back to: on web2 it is not as it was built: its tracked files differ.`],
    });
  });

  test('one whose tree nobody recorded is taken, and that is told; of another tool, too', () => {
    const unknown = recordedAs(hosts[0]!, 2, {});
    const foreign = {
      ...hosts[1]!,
      releases: hosts[1]!.releases.map((each) => ({ ...each, record: each.name === day(2) ? undefined : each.record })),
    };
    const without = { ...unknown, releases: unknown.releases.map((each) => release(each.name)) };
    expect(answer([without, foreign])).toEqual(
      to(2, `nothing says how ${day(2)} was built on web1, web2, so its files are not compared there`),
    );
  });

  test('one that could not be compared is taken, and that is told', () => {
    const unchecked = [
      { release: day(2), host: 'web1', why: 'not a git repository' },
      { release: day(1), host: 'web1', why: 'of no interest' },
    ];
    expect(answer(hosts, { integrity: { damages: [], unchecked } })).toEqual(
      to(2, `the files of ${day(2)} on web1 could not be compared: not a git repository`),
    );
  });
});

describe('what it undoes', () => {
  const hosts = [host('web1', [1, 2])];
  test('is shown as the way back', () => {
    const made = makePlan(asked(hosts));
    expect(made.ok && planText(made.value, { width: 100 })).toContain(
      'Would go back: bbbbbbbbbb → aaaaaaaaaa (master)\n1 commit live now would go away\n  bbbbbbbbbb  Ana  Break it\n',
    );
  });
  test('or said to be unknown', () => {
    const notice = 'the commits that this undoes cannot be shown: there is no clone of the code to look into';
    expect(answer(hosts, { source: undefined })).toEqual(to(1, notice));
    expect(answer(hosts, { source: { commit: commitOf('a'), ref: 'x', shipment: undefined } })).toEqual(to(1, notice));
  });
});

describe('migrations', () => {
  const brings = (own: HostSurvey, number: number, ...migrations: readonly string[]) =>
    recordedAs(own, number, { migrations });
  const sentence = (words: string) => ({ problems: [`Migrations have run since ${words}.`] });

  test('of the live release refuse, with the list; --over-migrations goes on', () => {
    const hosts = [host('web1', [1, 2]), brings(host('web2', [1, 2]), 2, 'shop/0042_yen', 'shop/0043_tax')];
    expect(answer(hosts)).toEqual(sentence(`${day(1)}: ${day(2)} brought shop/0042_yen, shop/0043_tax`));
    expect(answer(hosts, { params: { over_migrations: true } })).toEqual(to(1));
  });

  test('of every release that was live between, on any host; not of the target, nor of what never was live', () => {
    const all = [1, 2, 3, 4, 5].reduce(
      (own, number) => brings(own, number, `m${number}`),
      host('web1', [1, 2, 3, 4, 5]),
    );
    const hosts = [
      { ...all, recorded: [1, 2, 4].map(day), current: live(day(4)) },
      host('web2', [1, 2, 3, 4], { recorded: [1, 2, 4].map(day) }),
    ];
    expect(answer(hosts, { params: { to: day(1) } })).toEqual(
      sentence(`${day(1)}: ${day(2)} brought m2; ${day(4)} brought m4`),
    );
    expect(answer(hosts)).toEqual(sentence(`${day(2)}: ${day(4)} brought m4`));
  });

  test('of one that was published and rolled back meanwhile count', () => {
    const own = brings(host('web1', [1, 2, 3]), 2, 'm2');
    const releases = own.releases.map((each) =>
      each.name === day(2) ? { ...each, journal: [journalled('release.publish')] } : each,
    );
    expect(answer([{ ...own, releases, recorded: [1, 3].map(day) }])).toEqual(
      sentence(`${day(1)}: ${day(2)} brought m2`),
    );
  });
});
