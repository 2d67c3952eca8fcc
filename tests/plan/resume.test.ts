import { describe, expect, test } from '@jest/globals';
import { operation } from '../../src/model/operation.ts';
import { role } from '../../src/model/role.ts';
import { createStep, publishStep, type Step } from '../../src/model/step.ts';
import type { ReleaseRecord } from '../../src/model/release-choice.ts';
import type { HostSurvey, JournalEntry } from '../../src/model/survey.ts';
import { task } from '../../src/model/task.ts';
import { makePlan, type PlanInput } from '../../src/plan/make-plan.ts';
import { plannedSteps } from '../../src/plan/planned-steps.ts';
import { day, input, inventory, journalled, live, record, release, survey, surveyed } from './builders.ts';

const web = role('web');
const db = role('db');
const on = (name: string, roles = [web], once = false) => operation({ name, roles, once, run: async () => undefined });
const steps: readonly Step[] = [
  createStep([web]),
  on('app.build'),
  on('db.migrate', [web], true),
  on('db.note', [db]),
  publishStep([web]),
  on('app.restart'),
  on('db.forget', [db]),
];
const taskOf = (own: readonly Step[]) => task({ name: 'deploy', description: '', steps: own });
const names = ['release.create', 'app.build', 'db.migrate', 'db.note', 'release.publish', 'app.restart', 'db.forget'];

interface Begun {
  readonly journal: readonly string[];
  readonly live?: boolean;
  readonly more?: Partial<HostSurvey>;
}
const begun = (name: string, { journal, live: shows = false, more = {} }: Begun, then: readonly string[] = names) =>
  surveyed(name, {
    releases: [
      release(day(4)),
      release(day(5), {
        record: name.startsWith('db') ? undefined : record(day(5), { state: 'building', steps: then }),
        journal: journal.map((step): JournalEntry => journalled(step)),
      }),
    ],
    recorded: [day(4)],
    current: live(day(shows ? 5 : 4)),
    ...more,
  });
const resume = (hosts: readonly HostSurvey[], more: Partial<PlanInput> = {}, own = steps): PlanInput =>
  input(taskOf(own), {
    inventory: inventory({ web: ['web1', 'web2'], db: ['db1'] }),
    survey: survey(hosts),
    source: undefined,
    ...more,
    params: { resume: day(5), ...more.params },
  });
const made = (given: PlanInput) => {
  const answer = makePlan(given);
  if (!answer.ok) throw new Error(answer.failure.map(({ sentence }) => sentence).join('\n'));
  return answer.value;
};
/** `step: hosts that have done it`, of those that somebody has. */
const done = (given: PlanInput): Readonly<Record<string, string>> =>
  Object.fromEntries(
    plannedSteps(made(given).nodes)
      .map((each) => [each.id, Object.keys(each.done).join()] as const)
      .filter(([, hosts]) => hosts !== ''),
  );

const built = ['release.create', 'app.build'];
const noted = begun('db1', { journal: ['db.note', 'db.forget'], more: { current: { kind: 'absent' } } });

test('a release that was finished, and was not named, is said to be so', () => {
  const host = (name: string, recorded: readonly number[]) =>
    begun(name, { journal: names, live: true, more: { recorded: recorded.map(day) } });
  const notices = (hosts: readonly HostSurvey[], asked: true | string = true) =>
    made(resume(hosts, { params: { resume: asked } })).notices.filter((notice) => notice.startsWith(day(5)));
  const finished = [host('web1', [4, 5]), host('web2', [4, 5])];
  expect(notices(finished)).toEqual([
    `${day(5)}, the newest release of deploy, was finished already; a run that was ended before it had made one begins anew, without --resume`,
  ]);
  expect(notices(finished, day(5))).toEqual([]);
  expect(notices([host('web1', [4, 5]), host('web2', [4])])).toEqual([]);
});

test('a release that was begun with --hold, and is resumed without it, is said to be so', () => {
  const host = (more: Partial<ReleaseRecord> = {}) =>
    surveyed('web1', {
      releases: [release(day(5), { record: record(day(5), { steps: names, params: { hold: true }, ...more }) })],
    });
  const notices = (more: Partial<ReleaseRecord>, params: Readonly<Record<string, unknown>> = {}) =>
    made(resume([host(more)], { params: { resume: true, ...params } })).notices.filter((notice) =>
      notice.startsWith(day(5)),
    );
  expect(notices({ state: 'building' })).toEqual([
    `${day(5)} was begun with --hold, to be published later; without it, this run publishes it`,
  ]);
  expect(notices({ state: 'building' }, { hold: true })).toEqual([]);
  expect(notices({ heldOver: 'absent' })).toEqual([]);
});

test('a host whose live release is the one to resume, and gone: nothing empty is made in its place', () => {
  const gone = begun('web2', {
    journal: built,
    more: { releases: [release(day(4))], current: { kind: 'release', id: day(5), exists: false } },
  });
  const answer = makePlan(resume([begun('web1', { journal: built, live: true }), gone, noted]));
  expect(answer.ok).toBe(false);
  expect(answer.ok ? '' : answer.failure.map(({ sentence }) => sentence).join()).toBe(
    `${day(5)} is live on web2 and its directory is gone there.`,
  );
});

describe('what counts as done', () => {
  test('a host that shows the release keeps all, another what came before publishing', () => {
    const all = [...built, 'release.publish', 'app.restart'];
    expect(done(resume([begun('web1', { journal: all, live: true }), begun('web2', { journal: all }), noted]))).toEqual(
      {
        'release.create': 'web1,web2',
        'app.build': 'web1,web2',
        'db.note': 'db1',
        'release.publish': 'web1',
        'app.restart': 'web1',
        'db.forget': 'db1',
      },
    );
  });

  test('where no host shows it, hosts without a current of their own do again what follows publishing', () => {
    const all = [...built, 'release.publish', 'app.restart'];
    expect(done(resume([begun('web1', { journal: all }), begun('web2', { journal: all }), noted]))).toEqual({
      'release.create': 'web1,web2',
      'app.build': 'web1,web2',
      'db.note': 'db1',
    });
  });

  test('a host that was left out has everything before it', () => {
    const all = [...built, 'release.publish', 'app.restart'];
    const fresh = surveyed('web2', { releases: [release(day(4))], current: live(day(4)) });
    const given = resume([begun('web1', { journal: all, live: true }), fresh, noted]);
    expect(done(given)['release.publish']).toBe('web1');
    expect(done(given)['app.build']).toBe('web1');
  });
});

describe('what is done once', () => {
  const where = (given: PlanInput) => plannedSteps(made(given).nodes).find(({ id }) => id === 'db.migrate');
  test('is not done again elsewhere', () => {
    const given = resume([
      begun('web1', { journal: built }),
      begun('web2', { journal: [...built, 'db.migrate'] }),
      noted,
    ]);
    expect(where(given)).toMatchObject({ hosts: ['web2'], done: { web2: null } });
  });
  test('goes to the first host that is reached when nobody has done it', () => {
    const given = resume([begun('web2', { journal: built }), noted], {
      params: { when_unreachable: 'leave' },
      inventory: inventory({ web: ['web1', 'web2', 'web3'], db: ['db1'] }),
      survey: survey([begun('web2', { journal: built }), begun('web3', { journal: built }), noted], {
        unreachable: [{ host: 'web1', sentence: 'web1 does not answer' }],
      }),
    });
    expect(where(given)).toMatchObject({ hosts: ['web2'], done: {} });
  });
});

describe('a changed list of steps', () => {
  const both = (journal: readonly string[], then: readonly string[]) => [
    begun('web1', { journal }, then),
    begun('web2', { journal }, then),
    surveyed('db1'),
  ];
  const refused = (then: readonly string[], journal: readonly string[] = built) => {
    const answer = makePlan(resume(both(journal, then)));
    return answer.ok ? [] : answer.failure.map(({ sentence }) => sentence);
  };
  const intro = `The steps of deploy have changed since ${day(5)} was begun.`;
  const skipped = 'Finished under the same name, and will be skipped: release.create, app.build.';

  test('is a problem that says what is new, what is gone and what is skipped', () => {
    expect(refused(names)).toEqual([]);
    expect(refused(names.filter((name) => name !== 'db.note'))).toEqual([
      `${intro} New, and will be done: db.note. ${skipped}`,
    ]);
    expect(refused([...names, 'app.warm', 'app.tell'])).toEqual([
      `${intro} Gone, and will not be done: app.warm, app.tell. ${skipped}`,
    ]);
    expect(refused(['release.create', 'app.compile', ...names.slice(2)], ['release.create', 'app.compile'])).toEqual([
      `${intro} New, and will be done: app.build. Gone, and will not be done: app.compile. Finished under the same name, and will be skipped: release.create.`,
    ]);
    expect(refused([...names].reverse(), [])).toEqual([
      `${intro} They have another order. No step is finished on all its hosts yet.`,
    ]);
  });

  test('names the flag that goes on, which the plan then explains, and names keep what the journal has', () => {
    const then = names.filter((name) => name !== 'db.note');
    const given = resume(both(built, then));
    const answer = makePlan(given);
    expect(answer.ok ? [] : answer.failure.map(({ hint }) => hint)).toEqual([
      'go on with the steps as they are now: --changed-steps; or start a new release without --resume',
    ]);
    const goesOn = resume(both(built, then), { params: { changed_steps: true } });
    expect(made(goesOn).notices).toEqual([intro, 'New, and will be done: db.note.', skipped]);
    expect(done(goesOn)).toEqual({ 'release.create': 'web1,web2', 'app.build': 'web1,web2' });
    expect(made(resume(both(built, names), { params: { changed_steps: true } })).notices).toEqual([]);
  });

  test('does not concern a release of another task, taken by name', () => {
    const other = both(built, ['x']).map((each) => ({
      ...each,
      releases: each.releases.map((own) => ({
        ...own,
        record: own.record === undefined ? undefined : { ...own.record, task: 'setup_release' },
      })),
    }));
    expect(makePlan(resume(other)).ok).toBe(true);
  });
});

describe('a journal with garbage in it', () => {
  const withGarbage = (lines: number) => ({
    more: {
      releases: [
        release(day(5), {
          record: record(day(5), { steps: names }),
          journal: [journalled('release.create')],
          journalGarbage: lines,
        }),
      ],
    },
    journal: [],
  });
  test('is told, and what cannot be read is done', () => {
    const given = resume([begun('web1', withGarbage(1)), begun('web2', withGarbage(12)), noted]);
    const words = (host: string, lines: string) =>
      `the journal of ${day(5)} on ${host} has ${lines} that cannot be read; what they said counts as not done`;
    expect(made(given).notices).toEqual([words('web1', '1 line'), words('web2', '12 lines')]);
    expect(done(given)).toEqual({ 'release.create': 'web1,web2', 'db.note': 'db1' });
  });
});
