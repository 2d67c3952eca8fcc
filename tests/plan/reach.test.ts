import { describe, expect, test } from '@jest/globals';
import { operation } from '../../src/model/operation.ts';
import { currentRelease, noRelease } from '../../src/model/release-choice.ts';
import type { FoundRecord, PublishRecord } from '../../src/model/publish-record.ts';
import { role } from '../../src/model/role.ts';
import { cleanStep, createStep, publishStep, type Step } from '../../src/model/step.ts';
import type { HostSurvey } from '../../src/model/survey.ts';
import { task, type TaskDefinition } from '../../src/model/task.ts';
import { makePlan, type PlanInput } from '../../src/plan/make-plan.ts';
import { plannedSteps } from '../../src/plan/planned-steps.ts';
import { refuse } from '../../src/cli/refuse.ts';
import { planText } from '../../src/report/plan-text.ts';
import { day, input, inventory, live, release, survey, surveyed } from './builders.ts';

const web = role('web');
const db = role('db', { pick: 'first' });
const on = (name: string, roles = [web], once = false) => operation({ name, roles, once, run: async () => undefined });
const deploy = task({
  name: 'deploy',
  description: '',
  steps: [createStep([web]), on('app.migrate', [web], true), publishStep([web]), on('app.restart')],
});
const restart = task({ name: 'restart', description: '', release: currentRelease, steps: [on('app.restart')] });

const host = (name: string, more: Partial<HostSurvey> = {}): HostSurvey =>
  surveyed(name, { releases: [release(day(1)), release(day(2))], current: live(day(1)), recorded: [day(1)], ...more });

/** A fleet of which only some answer. */
const fleet = (
  names: readonly string[],
  away: readonly string[],
  { asked = deploy, ...more }: Partial<PlanInput> & { readonly asked?: typeof deploy; readonly records?: object } = {},
): PlanInput => ({
  ...input(asked, {
    inventory: inventory({
      web: names.filter((name) => name.startsWith('web')),
      db: names.filter((name) => name.startsWith('db')),
    }),
    survey: survey(
      names.filter((name) => !away.includes(name)).map((name) => host(name)),
      { unreachable: away.map((name) => ({ host: name, sentence: `nobody answers at ${name}` })) },
    ),
  }),
  ...more,
});
const leave = { params: { when_unreachable: 'leave' } };
const problems = (given: PlanInput): readonly string[] => {
  const made = makePlan(given);
  return made.ok ? [] : made.failure.map(({ sentence }) => sentence);
};
const planned = (given: PlanInput) => {
  const made = makePlan(given);
  if (!made.ok) throw new Error(problems(given).join('\n'));
  return made.value;
};
const whole = ['web1', 'web2', 'web3'];

describe('a host that cannot be reached', () => {
  test('stops everything unless told otherwise', () => {
    expect(problems(fleet(whole, ['web3']))).toEqual(['nobody answers at web3']);
    expect(problems(fleet(whole, ['web3'], { params: { when_unreachable: 'abort' } }))).toEqual([
      'nobody answers at web3',
    ]);
  });

  test('is left out with `leave`: locked, placed and published without it, and named', () => {
    const plan = planned(fleet(whole, ['web2'], leave));
    expect(plan.leftOut.map(({ host: name }) => name)).toEqual(['web2']);
    expect(plan.hosts.map(({ host: name }) => name)).toEqual(['web1', 'web3']);
    expect(plan.releaseHosts).toEqual(['web1', 'web3']);
    expect(plannedSteps(plan.nodes).map(({ id, hosts }) => `${id}@${hosts.join()}`)).toEqual([
      'release.create@web1,web3',
      'app.migrate@web1',
      'release.publish@web1,web3',
      'app.restart@web1,web3',
    ]);
    expect(planText(plan, { width: 100 })).toContain('left out: web2 (nobody answers at web2)');
  });

  test.each([
    [['web1', 'web2'], ['web2'], 'Only 1 of the 2 release hosts'],
    [[...whole, 'web4'], ['web1', 'web2'], 'Only 2 of the 4 release hosts'],
    [['web1'], ['web1'], 'Only 0 of the 1 release hosts'],
  ])('of %j, %j: half is not enough', (names, away, words) => {
    expect(problems(fleet(names, away, leave))).toContain(
      `${words} can be reached; --when-unreachable leave needs more than half.`,
    );
  });

  test('is not left out when the others depend on it', () => {
    const steps = [...deploy.steps, on('db.dump', [db]), on('db.note', [db])];
    const given = fleet([...whole, 'db1', 'db2'], ['db1'], { ...leave, asked: { ...deploy, steps } });
    expect(problems(given)).toEqual([
      'nobody answers at db1',
      'db.dump, db.note can only be done on db1, which cannot be reached.',
    ]);
    const every = role('db');
    const reads = operation({
      name: 'app.read',
      roles: [web],
      needs: { pending: on('db.pending', [every]) },
      run: async () => undefined,
    });
    const alone = (own: readonly Step[]) =>
      fleet([...whole, 'db1'], ['db1'], { ...leave, asked: { ...deploy, steps: [...deploy.steps, ...own] } });
    for (const own of [
      [on('db.pending', [every], true)],
      [on('db.pending', [every]), reads],
      [operation({ name: 'db.pending', roles: [every], migrates: true, run: async () => undefined })],
    ])
      expect(problems(alone(own))).toEqual([
        'nobody answers at db1',
        'db.pending can only be done on db1, which cannot be reached.',
      ]);
    // What concerns that host alone goes with it.
    const restartsIt = planned(alone([on('db.restart', [every])]));
    expect(restartsIt.notices).toEqual(['db.restart is done nowhere: db1 cannot be reached']);
    expect(plannedSteps(restartsIt.nodes).at(-1)).toMatchObject({ id: 'db.restart', hosts: [] });
    expect(problems(fleet([...whole, 'db1', 'db2'], ['db2'], { ...leave, asked: { ...deploy, steps } }))).toEqual([]);
  });
});

describe('a publish that was interrupted', () => {
  const recordOf = (names: readonly string[], more: Partial<PublishRecord> = {}): FoundRecord => ({
    kind: 'record',
    record: {
      v: 1,
      epoch: 4,
      run: day(2),
      task: 'deploy',
      release: day(2),
      commit: null,
      phase: 'decided',
      participants: Object.fromEntries(names.map((name) => [name, `releases/${day(1)}`])),
      behind: {},
      user: 'ana',
      machine: 'laptop',
      at: '2026-11-02T12:00:00.000Z',
      ...more,
    },
  });
  const withRecord = (given: PlanInput, txn: FoundRecord): PlanInput => ({
    ...given,
    survey: { ...given.survey, hosts: given.survey.hosts.map((each) => ({ ...each, txn })) },
  });
  const words = `The publish of ${day(2)} (deploy by ana on laptop) was interrupted`;
  const failure = (given: PlanInput) => {
    const made = makePlan(given);
    return made.ok ? [] : made.failure;
  };

  test('that all can be asked about is told in the plan', () => {
    const notices = (more: Partial<PublishRecord>) =>
      planned(withRecord(fleet(whole, []), recordOf(whole, more))).notices;
    const told = (end: string) => [
      `the publish of ${day(2)} (deploy by ana on laptop) was interrupted on web1, web2, web3 and is ended first: ${end}`,
    ];
    expect(notices({})).toEqual(told(`every host goes to ${day(2)}`));
    expect(notices({ phase: 'undo' })).toEqual(told('every host goes back to what it had'));
    expect(notices({ phase: 'prepared' })).toEqual(told('no host had been changed'));
    expect(notices({ phase: 'closed', ended: 'published' })).toEqual([]);
  });

  test('is exit status 4 while one that took part does not answer', () => {
    const given = withRecord(fleet(whole, ['web3']), recordOf(whole));
    expect(failure(given)).toEqual([
      { sentence: 'nobody answers at web3' },
      {
        sentence: `${words}, and web3, which took part in it, cannot be asked: the hosts may differ.`,
        hint: 'bring it back and repeat this, or go on without: fab prod deploy --resume --when-unreachable leave',
        status: 4,
      },
    ]);
    const complaints: string[] = [];
    const output = { complain: (text: string) => complaints.push(text) };
    expect(refuse(output as never, failure(given))).toBe(4);
    expect(refuse(output as never, failure(fleet(whole, ['web3'])))).toBe(2);
    expect(complaints).toHaveLength(2);
  });

  test('is ended without those that are left out, as long as more than half of them answer', () => {
    expect(failure(withRecord(fleet(whole, ['web3'], leave), recordOf(whole)))).toEqual([]);
    const wider = [...whole, 'old1', 'old2', 'old3'];
    expect(failure(withRecord(fleet(whole, [], leave), recordOf(wider)))).toEqual([
      {
        sentence: `${words}, and old1, old2, old3, which took part in it, cannot be asked (old1, old2, old3 are not in the inventory any more): the hosts may differ.`,
        hint: 'bring back enough of them that more than half of 6 can be asked, and repeat this',
        status: 4,
      },
    ]);
  });

  test('concerns every task that takes the fleet’s lock, and no other', () => {
    const txn = recordOf([...whole, 'web4']);
    const missing = [`${words}, and web4, which took part in it, cannot be asked: the hosts may differ.`];
    const limited = { limit: ['web1'] };
    const ask = (asked: TaskDefinition) => {
      const given = fleet([...whole, 'web4'], [], { asked: task(asked), ...limited });
      const reached = given.survey.hosts.filter(({ host: name }) => name !== 'web4');
      return problems(withRecord({ ...given, survey: survey(reached) }, txn));
    };
    expect(ask(restart)).toEqual(missing);
    expect(ask({ ...restart, name: 'clean', release: noRelease, steps: [cleanStep([web])] })).toEqual(missing);
    expect(ask({ ...restart, lock: 'none' })).toEqual([]);
  });

  test('makes those that took part hosts of the run, and gives them no steps', () => {
    const given = withRecord(
      fleet([...whole, 'db1'], [], { asked: restart, limit: ['web2'] }),
      recordOf(['web1', 'web2', 'db1']),
    );
    const plan = planned({
      ...given,
      survey: survey(
        ['db1', 'web2', 'web1'].flatMap((name) => given.survey.hosts.filter((each) => each.host === name)),
      ),
    });
    expect(plan.hosts.map(({ host: name }) => name)).toEqual(['web1', 'web2', 'db1']);
    expect(plannedSteps(plan.nodes).map(({ id, hosts }) => `${id}@${hosts.join()}`)).toEqual(['app.restart@web2']);
    expect(plan.release?.id).toBe(day(1));
  });

  test.each<[string, FoundRecord, string]>([
    [
      'of a newer version',
      { kind: 'too-new' },
      'The record of the last publish on web1, web2, web3 was written by a newer fabwright.',
    ],
    [
      'that is none',
      { kind: 'unreadable' },
      'The record of the last publish (.fab/txn under the root) on web1, web2, web3 cannot be read.',
    ],
  ])('with a record %s is not guessed at', (_, txn, sentence) => {
    expect(problems(withRecord(fleet(whole, [], { asked: restart }), txn))).toEqual([sentence]);
    expect(problems(withRecord(fleet(whole, [], { asked: { ...restart, lock: 'none' } }), txn))).toEqual([]);
  });
});
