import { expect, test } from '@jest/globals';
import { operation } from '../../src/model/operation.ts';
import { text } from '../../src/model/param.ts';
import { hotfixRelease } from '../../src/model/release-choice.ts';
import { role } from '../../src/model/role.ts';
import { createStep, publishStep } from '../../src/model/step.ts';
import type { HostSurvey } from '../../src/model/survey.ts';
import { task } from '../../src/model/task.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { day, input, journalled, live, record, release, survey, surveyed } from './builders.ts';

const web = role('web');
const takeOver = operation({
  name: 'release.take-over',
  roles: [web],
  settings: { code_repo: text({ description: 'where the code comes from' }) },
  run: () => Promise.resolve(),
});
const hotfix = task({
  name: 'hotfix_deploy',
  description: 'New code over what is live.',
  release: hotfixRelease,
  steps: [createStep([web]), takeOver, publishStep([web])],
});

const host = (name: string, current: number, more: Partial<HostSurvey> = {}): HostSurvey =>
  surveyed(name, { current: live(day(current)), releases: [1, 2, 3].map((each) => release(day(each))), ...more });

const problems = (hosts: readonly HostSurvey[], params: Readonly<Record<string, unknown>> = {}): readonly string[] => {
  const made = makePlan(input(hotfix, { survey: survey(hosts), params }));
  return made.ok ? [] : made.failure.map(({ sentence }) => sentence);
};

test('a hotfix takes over from one release, not from two', () => {
  expect(problems([host('web1', 2), host('web2', 2)])).toEqual([]);
  expect(problems([host('web1', 2), host('web2', 1)])).toEqual([
    `hotfix_deploy takes over from the live release, which is not the same everywhere: ${day(2)} on web1; ${day(1)} on web2.`,
  ]);
});

test('a host that was left behind catches up with a hotfix only from where the others took it over', () => {
  const releases = [release(day(1)), release(day(2)), release(day(3), { record: record(day(3)) })];
  const built = release(day(3), {
    record: record(day(3)),
    journal: ['release.create', 'release.take-over', 'release.publish'].map((step) => journalled(step)),
  });
  const from = (name: string, before: number) =>
    host(name, 3, {
      releases: [...releases.slice(0, 2), built],
      // What was live before is not recorded as successful: its restart had failed.
      recorded: [day(1)],
      txn: {
        kind: 'record',
        record: {
          ...{ v: 1, epoch: 4, run: 'x', task: 'hotfix_deploy', release: day(3), commit: null, phase: 'closed' },
          ...{ ended: 'published', participants: { [name]: `releases/${day(before)}` }, behind: {} },
          ...{ user: 'ana', machine: 'laptop', at: '2026-11-03T12:00:00.000Z' },
        },
      },
    });
  const resume = { resume: day(3) };
  expect(problems([from('web1', 2), host('web2', 2, { releases })], resume)).toEqual([]);
  expect(problems([from('web1', 2), host('web2', 1, { releases })], resume)).toEqual([
    expect.stringContaining(`${day(2)} on web1; ${day(1)} on web2`),
  ]);
  // Nothing is taken over any more.
  expect(problems([from('web1', 2), from('web2', 1)], resume)).toEqual([]);
});
