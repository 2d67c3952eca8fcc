import { describe, expect, test } from '@jest/globals';
import { confirmGuard, sameCommitGuard } from '../../src/model/guard.ts';
import { operation } from '../../src/model/operation.ts';
import { currentRelease, newRelease, noRelease, rebuiltRelease } from '../../src/model/release-choice.ts';
import { role } from '../../src/model/role.ts';
import {
  cleanStep,
  createStep,
  during,
  parallel,
  perHost,
  publishStep,
  when,
  type Step,
} from '../../src/model/step.ts';
import { task, type Task, type TaskDefinition } from '../../src/model/task.ts';
import { hostsOfTask, limitOf, makePlan, type PlanInput } from '../../src/plan/make-plan.ts';
import type { Plan, PlanNode } from '../../src/plan/plan.ts';
import { plannedSteps, stepIds } from '../../src/plan/planned-steps.ts';
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
const db = role('db', { pick: 'first' });
const named = (name: string, roles = [web]) => operation({ name, roles, run: async () => undefined });
const build = named('app.build');
const restart = named('app.restart');
const decide = operation({ name: 'db.pending', roles: [web], once: true, run: async (): Promise<number> => 3 });
const stop = operation({ name: 'app.stop', roles: [web], run: async () => ['one'] });

const publishing: readonly Step[] = [createStep([web]), build, publishStep([web]), restart, cleanStep([web])];
const taskOf = (more: Partial<TaskDefinition> = {}): Task =>
  task({ name: 'deploy', description: 'Deploy.', steps: publishing, ...more });
const deploy = taskOf();

const planned = (given: PlanInput): Plan => {
  const made = makePlan(given);
  if (!made.ok) throw new Error(made.failure.map(({ sentence }) => sentence).join('\n'));
  return made.value;
};
const problems = (given: PlanInput): readonly string[] => {
  const made = makePlan(given);
  return made.ok ? [] : made.failure.map(({ sentence }) => sentence);
};
const hints = (given: PlanInput): readonly unknown[] => {
  const made = makePlan(given);
  return made.ok ? [] : made.failure.map(({ hint }) => hint);
};

/** Two hosts, each with these releases, the newest recorded and live unless told otherwise. */
const fleetWith = (...names: readonly string[]) =>
  survey(
    ['web1', 'web2'].map((host) =>
      surveyed(host, {
        releases: names.map((name) => release(name)),
        recorded: names,
        ...(names.length === 0 ? {} : { current: live(names.at(-1) ?? '') }),
      }),
    ),
  );

/** The plan's shape in words: `build@web1,web2`. */
const shape = (nodes: readonly PlanNode[]): readonly unknown[] =>
  nodes.map((node) => {
    const step = ({ id, hosts }: { readonly id: string; readonly hosts: readonly string[] }) => `${id}@${hosts.join()}`;
    switch (node.kind) {
      case 'step':
        return step(node.planned);
      case 'per-host':
      case 'parallel':
        return { [node.kind]: node.steps.map(step) };
      case 'when':
        return { when: `${node.decidedBy}: ${node.because}`, then: shape(node.nodes) };
      case 'during':
        return { during: step(node.stop), then: shape(node.nodes) };
    }
  });

describe('a new release', () => {
  test('is named after the moment, holds the commit that was resolved, and goes to every host', () => {
    const shipment = {
      from: undefined,
      to: commitOf('b'),
      ref: 'master',
      commits: [],
      undone: [],
      changedFiles: 0,
      submodules: [],
      migrations: [],
    };
    const plan = planned(
      input(taskOf({ guards: [confirmGuard, sameCommitGuard] }), {
        survey: fleetWith(day(1), day(2)),
        source: { commit: commitOf('b'), ref: 'master', shipment },
      }),
    );
    const { task: own, hosts, nodes, guards, guardView, retention, ...rest } = plan;
    expect(own.name).toBe('deploy');
    expect(hosts.map(({ host }) => host)).toEqual(['web1', 'web2']);
    expect(rest).toEqual({
      environment: 'prod',
      id: '2026-11-20_14.05.33',
      release: { id: '2026-11-20_14.05.33', commit: commitOf('b'), ref: 'master' },
      resumed: false,
      releaseHosts: ['web1', 'web2'],
      leftOut: [],
      owed: [],
      params: {},
      settings: { default_branch: 'master' },
      shipment,
      startedAt: now,
      notices: [],
    });
    expect(shape(nodes)).toEqual([
      'release.create@web1,web2',
      'app.build@web1,web2',
      'release.publish@web1,web2',
      'app.restart@web1,web2',
      'release.clean@web1,web2',
    ]);
    expect(guards.map(({ guard, question }) => [guard.flag, question])).toEqual([
      ['yes', 'Go ahead with deploy on prod (release 2026-11-20_14.05.33)?'],
    ]);
    expect(guardView).toEqual({
      environment: 'prod',
      task: 'deploy',
      settings: { default_branch: 'master' },
      release: '2026-11-20_14.05.33',
      live: { id: day(2), commit: commitOf('a') },
      shipment,
      resumed: false,
      now,
    });
    expect(retention?.verdicts.map(({ name, keep }) => [name, keep])).toEqual([
      [day(2), true],
      [day(1), true],
    ]);
  });

  test('takes the next second when the moment’s name is taken on any host', () => {
    const taken = survey([
      surveyed('web1', { releases: [release('2026-11-20_14.05.33')] }),
      surveyed('web2', { releases: [release('2026-11-20_14.05.34')] }),
    ]);
    expect(planned(input(deploy, { survey: taken }))).toMatchObject({
      id: '2026-11-20_14.05.35',
      release: { id: '2026-11-20_14.05.35' },
    });
  });

  test('guards see nothing as live where hosts differ or have nothing', () => {
    const differing = survey([
      surveyed('web1', { current: live(day(1)), releases: [release(day(1))] }),
      surveyed('web2', { current: live(day(2)), releases: [release(day(2))] }),
    ]);
    expect(planned(input(deploy, { survey: differing })).guardView.live).toBeUndefined();
    expect(planned(input(deploy, { survey: fleetWith() })).guardView.live).toBeUndefined();
  });

  test('only a task that cleans decides what goes, with the number that was asked for', () => {
    expect(
      planned(input(taskOf({ steps: publishing.slice(0, 4) }), { survey: fleetWith() })).retention,
    ).toBeUndefined();
    const clean = task({ name: 'clean_releases', description: '', release: noRelease, steps: [cleanStep([web])] });
    const gone = (params: object) =>
      planned(input(clean, { survey: fleetWith(...[1, 2, 3, 4, 5, 6, 7].map(day)), params: { ...params } }))
        .retention?.verdicts.filter(({ keep }) => !keep)
        .map(({ name }) => name);
    expect(gone({})).toEqual([day(2), day(1)]);
    expect(gone({ keep: 3 })).toEqual([day(4), day(3), day(2), day(1)]);
  });

  test('a rebuilt one is a new one too', () => {
    const plan = planned(input(taskOf({ release: rebuiltRelease }), { survey: fleetWith(day(1)) }));
    expect(plan.release?.id).toBe('2026-11-20_14.05.33');
  });
});

describe('a task about the live release', () => {
  const manage = taskOf({ name: 'manage', release: currentRelease, steps: [restart], lock: 'none' });

  test('is about what current shows', () => {
    const { release: about, id, notices, retention } = planned(input(manage, { survey: fleetWith(day(1), day(2)) }));
    expect({ about, id, notices, retention }).toEqual({
      about: { id: day(2), commit: commitOf('a'), ref: undefined },
      id: '2026-11-20_14.05.33',
      notices: [],
      retention: undefined,
    });
  });

  test('or about the one that is named, which every host must have', () => {
    const given = input(manage, { survey: fleetWith(day(1), day(2)), params: { release: day(1) } });
    expect(planned(given).release?.id).toBe(day(1));
    expect(problems({ ...given, params: { release: day(3) } })).toEqual([`web1, web2 has no release ${day(3)}.`]);
  });

  test('none live yet, or hosts that differ: a notice, no problem', () => {
    expect(planned(input(manage, { survey: fleetWith() }))).toMatchObject({
      release: undefined,
      notices: ['no release is live yet'],
    });
    const differing = survey([
      surveyed('web1', { current: live(day(1)), releases: [release(day(1))] }),
      surveyed('web2', { current: live(day(2)), releases: [release(day(2))] }),
    ]);
    expect(planned(input(manage, { survey: differing })).notices).toEqual([
      `hosts differ: web1 ${day(1)}, web2 ${day(2)}`,
    ]);
  });
});

describe('--resume', () => {
  const steps = stepIds(planned(input(deploy, { survey: fleetWith() })).nodes);
  const unfinished = (
    id: string,
    more: Parameters<typeof record>[1] = {},
    journal: readonly string[] = [],
    older: readonly string[] = [],
  ) =>
    survey(
      ['web1', 'web2'].map((host) =>
        surveyed(host, {
          releases: [
            ...older.map((name) => release(name)),
            release(id, {
              record: record(id, { state: 'building', steps, ...more }),
              journal: journal.map((step) => journalled(step, { result: `${step} on ${host}` })),
            }),
          ],
          recorded: older,
          ...(older.length === 0 ? {} : { current: live(older.at(-1) ?? '') }),
        }),
      ),
    );
  const resume = (given: ReturnType<typeof survey>, asked: true | string = true, more: Partial<PlanInput> = {}) =>
    input(deploy, { survey: given, params: { resume: asked }, source: undefined, ...more });

  test('goes on with the newest release of the task, its commit and its ref, under its name', () => {
    const plan = planned(resume(unfinished(day(5), { commit: commitOf('d'), ref: 'feature' }, [], [day(4)])));
    expect({ id: plan.id, release: plan.release, resumed: plan.resumed }).toEqual({
      id: day(5),
      release: { id: day(5), commit: commitOf('d'), ref: 'feature' },
      resumed: true,
    });
    expect(plan.guardView).toMatchObject({ resumed: true, release: day(5) });
  });

  test('the newest of this task, not of another one', () => {
    const given = unfinished(day(5), {}, [], []);
    const withOther = survey(
      given.hosts.map((each) => ({
        ...each,
        releases: [...each.releases, release(day(6), { record: record(day(6), { task: 'setup_release' }) })],
      })),
    );
    expect(planned(resume(withOther)).id).toBe(day(5));
  });

  test('what hosts have journalled is done there, with what it returned; the rest is not', () => {
    const [one, two] = unfinished(day(5), {}, ['release.create', 'app.build']).hosts;
    const half = survey([
      one!,
      { ...two!, releases: two!.releases.map((each) => ({ ...each, journal: each.journal.slice(0, 1) })) },
    ]);
    expect(plannedSteps(planned(resume(half)).nodes).map(({ id, done }) => [id, done])).toEqual([
      ['release.create', { web1: 'release.create on web1', web2: 'release.create on web2' }],
      ['app.build', { web1: 'app.build on web1' }],
      ['release.publish', {}],
      ['app.restart', {}],
      ['release.clean', {}],
    ]);
  });

  test('an operation that belongs to every run is done again', () => {
    const always = operation({ name: 'app.build', roles: [web], everyRun: true, run: async () => undefined });
    const given = unfinished(day(5), {}, ['release.create', 'app.build']);
    const again = taskOf({ steps: [createStep([web]), always, publishStep([web]), restart, cleanStep([web])] });
    expect(
      plannedSteps(planned(input(again, { survey: given, params: { resume: true } })).nodes).map(({ id, done }) => [
        id,
        Object.keys(done),
      ]),
    ).toEqual([
      ['release.create', ['web1', 'web2']],
      ['app.build', []],
      ['release.publish', []],
      ['app.restart', []],
      ['release.clean', []],
    ]);
  });

  test('without --resume nothing counts as done', () => {
    const given = unfinished(day(5), {}, ['release.create', 'app.build']);
    expect(plannedSteps(planned(input(deploy, { survey: given })).nodes).map(({ done }) => done)).toEqual(
      Array.from({ length: 5 }, () => ({})),
    );
  });

  test('after publishing, what follows is gone on with', () => {
    const published = survey(
      unfinished(day(5), { state: 'built' }, ['release.create', 'app.build', 'release.publish']).hosts.map((each) => ({
        ...each,
        current: live(day(5)),
      })),
    );
    expect(
      plannedSteps(planned(resume(published)).nodes)
        .filter(({ done }) => Object.keys(done).length === 0)
        .map(({ id }) => id),
    ).toEqual(['app.restart', 'release.clean']);
  });

  test('what was published and rolled back is published again, and what follows is done again', () => {
    const back = unfinished(
      day(5),
      { state: 'built' },
      ['release.create', 'app.build', 'release.publish', 'app.restart'],
      [day(4)],
    );
    expect(problems(resume(back))).toEqual([
      `${day(5)}, the newest release of deploy, was published and is not live any more.`,
    ]);
    expect(
      plannedSteps(planned(resume(back, day(5))).nodes)
        .filter(({ done }) => Object.keys(done).length === 0)
        .map(({ id }) => id),
    ).toEqual(['release.publish', 'app.restart', 'release.clean']);
  });

  test('nothing to resume, or no such release', () => {
    expect(problems(resume(fleetWith()))).toEqual(['There is no release of deploy to go on with.']);
    expect(problems(resume(fleetWith(day(1)), day(7)))).toEqual([
      `No host has a release ${day(7)} that this tool made.`,
    ]);
  });

  test('a release that a newer one has overtaken is only taken by name', () => {
    const old = survey(
      unfinished(day(5)).hosts.map((each) => ({
        ...each,
        releases: [...each.releases, release(day(6), { record: undefined })],
        current: live(day(6)),
      })),
    );
    expect(problems(resume(old))).toEqual([`${day(5)} is older than what is live on web1, web2.`]);
    expect(hints(resume(old))).toEqual([`name it to go back to it on purpose: --resume ${day(5)}`]);
    expect(planned(resume(old, day(5))).id).toBe(day(5));
  });

  test('different commits under one name are refused', () => {
    const [one, two] = unfinished(day(5)).hosts;
    const differing = survey([
      one!,
      { ...two!, releases: [release(day(5), { record: record(day(5), { commit: commitOf('c'), steps }) })] },
    ]);
    expect(problems(resume(differing))).toEqual([
      `Release ${day(5)} holds different commits: web1 aaaaaaaaaa, web2 cccccccccc.`,
    ]);
  });

  test('a journal of a newer version is refused', () => {
    const [one, two] = unfinished(day(5)).hosts;
    const tooNew = survey([
      one!,
      { ...two!, releases: two!.releases.map((each) => ({ ...each, journalTooNew: true })) },
    ]);
    expect(problems(resume(tooNew))).toEqual([`The journal of ${day(5)} on web2 was written by a newer fabwright.`]);
  });

  test('where something was stopped and not started again, that is told', () => {
    const stopping = taskOf({
      steps: [createStep([web]), during({ stop, start: async () => undefined }, [build]), publishStep([web])],
    });
    const ids = stepIds(planned(input(stopping, { survey: fleetWith() })).nodes);
    const killed = (...journal: readonly string[]) =>
      survey(
        unfinished(day(5), { steps: ids }).hosts.map((each) => ({
          ...each,
          releases: each.releases.map((own) => ({
            ...own,
            journal: each.host === 'web1' ? journal.map((step) => journalled(step, { result: ['one'] })) : [],
          })),
        })),
      );
    const owed = (...journal: readonly string[]) =>
      planned(input(stopping, { survey: killed(...journal), params: { resume: true } })).owed.map(
        ({ release, stop, stopped }) => ({ release, stop, stopped }),
      );
    const all = [{ release: day(5), stop: 'app.stop', stopped: { web1: ['one'] } }];
    expect(owed('release.create', 'app.stop')).toEqual(all);
    expect(owed('release.create', 'app.stop', 'app.build', 'app.stop:start')).toEqual([]);
    expect(owed('app.stop', 'app.stop:start', 'app.stop')).toEqual(all);
    expect(owed('release.create')).toEqual([]);
  });
});

describe('what a killed run of another release left stopped', () => {
  const start = async (): Promise<void> => undefined;
  const durings = [during({ stop, start }, [build])];
  const left = (...journal: readonly string[]) =>
    survey(
      ['web1', 'web2'].map((host) =>
        surveyed(host, {
          releases: [release(day(4), { journal: journal.map((step) => journalled(step, { result: ['one'] })) })],
        }),
      ),
    );
  const owed = (journal: readonly string[], more: Partial<PlanInput> = {}, asked = deploy) => {
    const plan = planned(input(asked, { survey: left(...journal), durings, ...more }));
    return { owed: plan.owed, notices: plan.notices.filter((notice) => notice.includes('started first')) };
  };
  const stoppedOnAll = [{ release: day(4), stop: 'app.stop', start, stopped: { web1: ['one'], web2: ['one'] } }];

  test('is started first of all, and told', () => {
    expect(owed(['release.create', 'app.stop'])).toEqual({
      owed: stoppedOnAll,
      notices: [`app.stop of ${day(4)} was interrupted: what it stopped on web1, web2 is started first of all.`],
    });
  });

  test('a later stop, which found nothing up any more, makes the earlier one no less owed', () => {
    const journal = [
      journalled('app.stop', { result: ['one'] }),
      journalled('app.stop', { result: [] }),
      journalled('app.stop:start'),
    ];
    const on = (lines: typeof journal) =>
      survey([surveyed('web1', { releases: [release(day(4), { journal: lines })] })]);
    const owes = (lines: typeof journal) =>
      planned(input(deploy, { survey: on(lines), durings })).owed.map(({ stopped }) => stopped);
    expect(owes(journal.slice(0, 2))).toEqual([{ web1: [] }, { web1: ['one'] }]);
    expect(owes(journal)).toEqual([{ web1: ['one'] }]);
    expect(owes([...journal, journalled('app.stop:start')])).toEqual([]);
  });

  test('the second of a task, too', () => {
    const journal = ['app.stop', 'app.stop:start', 'app.stop#2'];
    expect(owed(journal).owed).toEqual([{ ...stoppedOnAll[0], stop: 'app.stop#2' }]);
  });

  test('is not when it was started again, when no task knows how, or without the lock', () => {
    expect(owed(['app.stop', 'app.stop:start']).owed).toEqual([]);
    expect(owed(['app.stop'], { durings: [] }).owed).toEqual([]);
    const look = taskOf({ name: 'look', lock: 'none', release: noRelease, steps: [build] });
    expect(owed(['app.stop'], {}, look).owed).toEqual([]);
  });
});

describe('the shape of a plan', () => {
  const hosts = inventory({ web: ['web1', 'web2', 'web3'], db: ['db1', 'db2'], none: [] });
  const all = survey(['web1', 'web2', 'web3', 'db1'].map((host) => surveyed(host)));
  const shapeOf = (steps: readonly Step[], more: Partial<PlanInput> = {}) =>
    shape(planned(input(taskOf({ release: noRelease, steps }), { inventory: hosts, survey: all, ...more })).nodes);

  test('every kind of node, with what runs where', () => {
    expect(
      shapeOf([
        decide,
        perHost([build, named('db.dump', [db])]),
        parallel([named('a.one'), named('a.two', [web, db])]),
        when(decide, { because: 'there are migrations', is: (count) => count > 0 }, [
          during({ stop, start: async () => undefined }, [named('db.migrate', [db]), parallel([named('a.three')])]),
        ]),
      ]),
    ).toEqual([
      'db.pending@web1',
      { 'per-host': ['app.build@web1,web2,web3', 'db.dump@db1'] },
      { parallel: ['a.one@web1,web2,web3', 'a.two@web1,web2,web3,db1'] },
      {
        when: 'db.pending: there are migrations',
        then: [
          {
            during: 'app.stop@web1,web2,web3',
            then: ['db.migrate@db1', { parallel: ['a.three@web1,web2,web3'] }],
          },
        ],
      },
    ]);
  });

  test('steps know the conditions around them, outermost first', () => {
    const nodes = planned(
      input(
        taskOf({
          release: noRelease,
          steps: [
            decide,
            when(decide, { because: 'first', is: () => true }, [
              build,
              when(decide, { because: 'second', is: () => true }, [restart]),
            ]),
            named('last'),
          ],
        }),
        { inventory: hosts, survey: all },
      ),
    ).nodes;
    expect(plannedSteps(nodes).map(({ id, conditions }) => [id, conditions])).toEqual([
      ['db.pending', []],
      ['app.build', ['first']],
      ['app.restart', ['first', 'second']],
      ['last', []],
    ]);
  });

  test('a step that stands twice is told apart', () => {
    expect(shapeOf([build, perHost([build, restart]), build])).toEqual([
      'app.build@web1,web2,web3',
      { 'per-host': ['app.build#2@web1,web2,web3', 'app.restart@web1,web2,web3'] },
      'app.build#3@web1,web2,web3',
    ]);
  });

  test('an optional role without hosts leaves an empty step', () => {
    expect(shapeOf([named('x', [role('none', { optional: true })]), build])).toEqual([
      'x@',
      'app.build@web1,web2,web3',
    ]);
  });

  test('--limit leaves those hosts; a step that runs once takes the first of them', () => {
    expect(
      shapeOf([decide, build], { limit: ['web3', 'web2'], survey: survey([surveyed('web2'), surveyed('web3')]) }),
    ).toEqual(['db.pending@web2', 'app.build@web2,web3']);
  });

  test('hosts of `uses` are reached too, in `during` as well', () => {
    const asks = operation({ name: 'x', roles: [db], uses: [web], run: async () => undefined });
    const limitless = (steps: readonly Step[]) => hostsOfTask(taskOf({ steps }), hosts, undefined);
    expect(limitless([asks])).toEqual(['web1', 'web2', 'web3', 'db1']);
    expect(limitless([perHost([asks])])).toEqual(['web1', 'web2', 'web3', 'db1']);
    expect(limitless([during({ stop: asks, start: async () => undefined }, [])])).toEqual([
      'web1',
      'web2',
      'web3',
      'db1',
    ]);
    expect(limitless([named('x', [db])])).toEqual(['db1']);
  });

  test('a task that is for some hosts is limited to them, unless told otherwise', () => {
    const narrow = taskOf({ narrowTo: role('web', { pick: 'first' }) });
    const of = (typed: readonly string[] | undefined, allHosts: boolean) => limitOf(narrow, hosts, { typed, allHosts });
    expect(of(undefined, false)).toEqual(['web1']);
    expect(of(undefined, true)).toBeUndefined();
    expect(of(['web2'], false)).toEqual(['web2']);
    expect(limitOf(deploy, hosts, { typed: undefined, allHosts: false })).toBeUndefined();
  });
});

describe('what stands in the way', () => {
  const onWeb = (more: Parameters<typeof surveyed>[1]) => survey([surveyed('web1'), surveyed('web2', more)]);
  const about = (more: Parameters<typeof surveyed>[1]) => problems(input(deploy, { survey: onWeb(more) }));

  test.each([
    [
      'a host without setsid',
      { tools: { git: '2', perl: '5' } },
      'web2 has no setsid, which every remote command needs.',
    ],
    [
      'a host that cannot hold a lock',
      { tools: { git: '2', setsid: 'yes' } },
      'web2 has none of flock, perl and python3, so no lock can be held there.',
    ],
    ['a root that cannot be written to', { notWritable: '/home' }, 'shop may not write to /home on web2.'],
    [
      'a real directory in the place of current',
      { current: { kind: 'not-a-link' as const } },
      '/home/shop/www/prod/current on web2 is a real directory or file, not a link; it will not be replaced.',
    ],
    [
      'a foreign link',
      { current: { kind: 'foreign' as const, target: '/srv/app' } },
      '/home/shop/www/prod/current on web2 points to /srv/app, which is not one of the releases.',
    ],
    [
      'one machine under two names',
      { machine: 'web1', bootId: 'boot of web1' },
      'web1 and web2 are one machine with one root (/home/shop/www/prod).',
    ],
  ])('%s', (_, more, sentence) => {
    expect(about(more)).toEqual([sentence]);
  });

  test('two roots on one machine are two hosts', () => {
    expect(about({ machine: 'web1', bootId: 'boot of web1', root: '/srv/two' })).toEqual([]);
  });

  test('a host that was not reached is a problem with its own sentence', () => {
    const gone = survey([surveyed('web1')], {
      unreachable: [
        { host: 'web2', sentence: 'nobody answers at 10.0.0.2', hint: 'is it up?' },
        { host: 'web3', sentence: 'web3 refuses the key' },
      ],
    });
    expect(problems(input(deploy, { survey: gone }))).toEqual([
      'web2: nobody answers at 10.0.0.2',
      'web3 refuses the key',
    ]);
    expect(hints(input(deploy, { survey: gone }))).toEqual(['is it up?', undefined]);
  });

  test('a role without hosts, with the steps that need it; not when it is optional', () => {
    const steps = (optional: boolean) => {
      const cache = role('cache', { groups: ['redis', 'memcached'], optional });
      return ['one', 'two', 'three', 'four'].map((name) => named(`cache.${name}`, [cache]));
    };
    const given = (optional: boolean) =>
      input(taskOf({ release: noRelease, steps: [...steps(optional), build] }), { survey: onWeb({}) });
    expect(problems(given(false))).toEqual([
      'cache.one, cache.two, cache.three and 1 more steps of deploy run on the role cache, and no host of prod has it.',
    ]);
    expect(hints(given(false))).toEqual([
      'put hosts into the group redis or memcached of the inventory, or declare the role optional',
    ]);
    expect(problems(given(true))).toEqual([]);
  });

  describe('needs and whens', () => {
    const pending = named('db.pending');
    const reader = operation({ name: 'app.read', roles: [web], needs: { pending }, run: async () => undefined });
    const about = (steps: readonly Step[]) =>
      problems(input(taskOf({ release: noRelease, steps }), { survey: onWeb({}) }));
    const sentence = 'app.read needs the result of db.pending, and no earlier step of deploy is db.pending.';

    test.each<[string, readonly Step[], readonly string[]]>([
      ['earlier', [pending, reader], []],
      ['missing', [reader], [sentence]],
      ['later', [reader, pending], [sentence]],
      ['earlier on the same host', [perHost([pending, reader])], []],
      ['beside it', [parallel([pending, reader])], [sentence]],
      ['in a parallel before', [parallel([pending]), reader], []],
      ['as what is stopped', [during({ stop: pending, start: async () => undefined }, [reader])], []],
      ['in a when', [decide, when(decide, { because: 'x', is: () => true }, [pending, reader])], []],
    ])('%s', (_, steps, expected) => {
      expect(about(steps)).toEqual(expected);
    });

    test('a `when` asks an earlier step', () => {
      const asking = when(decide, { because: 'x', is: () => true }, [build]);
      expect(about([decide, asking])).toEqual([]);
      expect(about([asking, decide])).toEqual(['A `when` of deploy asks db.pending, which is no earlier step.']);
    });
  });

  test('a task that publishes takes no --limit', () => {
    const given = input(deploy, { survey: survey([surveyed('web1')]), limit: ['web1'] });
    expect(problems(given)).toEqual([
      'deploy publishes, and a release goes to every host or to none: --limit does not fit.',
    ]);
    expect(hints(given)[0]).toContain('setup_release --limit HOST');
    expect(
      problems(
        input(taskOf({ steps: [createStep([web]), build] }), { survey: survey([surveyed('web1')]), limit: ['web1'] }),
      ),
    ).toEqual([]);
  });

  test('release.create and a new release belong together', () => {
    expect(problems(input(taskOf({ steps: [build] }), { survey: fleetWith() }))).toEqual([
      'deploy makes a new release and has no step release.create.',
    ]);
    expect(problems(input(taskOf({ release: currentRelease }), { survey: fleetWith(day(1)) }))).toEqual([
      'deploy has the step release.create and makes no new release.',
    ]);
  });

  test('everything at once, in whole sentences, and no plan', () => {
    const broken = taskOf({ steps: [named('x', [role('cache')]), when(decide, { because: 'y', is: () => true }, [])] });
    const found = problems(
      input(broken, {
        survey: survey([surveyed('web1', { tools: {}, notWritable: '/' })], {
          unreachable: [{ host: 'web2', sentence: 'web2 does not answer' }],
        }),
      }),
    );
    expect(found).toEqual([
      'x of deploy runs on the role cache, and no host of prod has it.',
      'A `when` of deploy asks db.pending, which is no earlier step.',
      'deploy makes a new release and has no step release.create.',
      'web2 does not answer',
      'web1 has no setsid, which every remote command needs.',
      'web1 has none of flock, perl and python3, so no lock can be held there.',
      'shop may not write to / on web1.',
    ]);
  });

  test('a task without a lock is not kept from looking', () => {
    const look = taskOf({ name: 'manage', release: noRelease, lock: 'none', steps: [restart] });
    expect(
      problems(
        input(look, {
          survey: survey([
            surveyed('web1', { notWritable: '/', tools: { setsid: 'yes' }, current: { kind: 'not-a-link' } }),
          ]),
        }),
      ),
    ).toEqual([]);
  });

  test('the same input gives the same plan, and is left as it was', () => {
    const given = input(deploy, { survey: fleetWith(day(1)) });
    const before = JSON.stringify(given);
    expect(planned(given)).toEqual(planned(given));
    expect(JSON.stringify(given)).toBe(before);
    expect(newRelease.kind).toBe('new');
  });
});
