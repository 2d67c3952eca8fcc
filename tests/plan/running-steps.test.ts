import { expect, test } from '@jest/globals';
import { durable } from '../../src/model/operation.ts';
import { newRelease } from '../../src/model/release-choice.ts';
import { role } from '../../src/model/role.ts';
import { sh } from '../../src/model/command.ts';
import { createStep, publishStep } from '../../src/model/step.ts';
import { task } from '../../src/model/task.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { day, input, journalled, live, record, release, survey, surveyed } from './builders.ts';

const web = role('web');
const migrate = durable({ name: 'db.migrate', roles: [web], once: true, migrates: true, command: () => sh`./migrate` });
const index = durable({ name: 'search.index', roles: [web], wait: false, command: () => sh`./index` });
const deploy = task({
  name: 'deploy',
  description: 'Deploy.',
  release: newRelease,
  steps: [createStep([web]), index, migrate, publishStep([web])],
});

const planned = (step: string, state: 'running' | 'ended') => {
  const steps = [{ step, state, since: 1 }];
  const host = surveyed('web1', { current: live(day(1)), releases: [release(day(1)), release(day(2), { steps })] });
  return makePlan(input(deploy, { survey: survey([host]) }));
};

test('a migration that still runs in another release is not run a second time beside it', () => {
  const refused = planned('db.migrate', 'running');
  expect(refused.ok ? [] : refused.failure).toMatchObject([
    {
      sentence: `db.migrate of ${day(2)} still runs on web1, and deploy would run it a second time beside it.`,
      hint: expect.stringContaining('fab prod attach db.migrate'),
    },
  ]);
  expect(planned('db.migrate#2', 'running').ok).toBe(false);
  expect(planned('db.migrate', 'ended').ok).toBe(true);
});

test('what is migrated already is not refused because another release migrates', () => {
  const steps = [{ step: 'db.migrate', state: 'running', since: 1 }] as const;
  const journal = ['release.create', 'search.index', 'db.migrate'].map((step) => journalled(step));
  const resumed = (done: typeof journal) => {
    const releases = [
      release(day(1)),
      release(day(2), { record: building, journal: done }),
      release(day(3), { steps }),
    ];
    const hosts = [surveyed('web1', { current: live(day(1)), releases })];
    return makePlan(input(deploy, { survey: survey(hosts), params: { resume: day(2) } })).ok;
  };
  const building = record(day(2), {
    state: 'building',
    steps: ['release.create', 'search.index', 'db.migrate', 'release.publish'],
  });
  expect([resumed(journal), resumed(journal.slice(0, 2))]).toEqual([true, false]);
});

test('what migrates nothing is told', () => {
  const made = planned('search.index', 'running');
  expect(made.ok ? made.value.notices : []).toContain(
    `search.index of ${day(2)} still runs on web1; this run has its own beside it.`,
  );
});
