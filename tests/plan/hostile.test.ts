import { describe, expect, test } from '@jest/globals';
import { operation } from '../../src/model/operation.ts';
import { currentRelease, noRelease } from '../../src/model/release-choice.ts';
import { role } from '../../src/model/role.ts';
import { cleanStep, createStep, publishStep } from '../../src/model/step.ts';
import type { HostSurvey } from '../../src/model/survey.ts';
import { task, type Task } from '../../src/model/task.ts';
import { makePlan, type PlanInput } from '../../src/plan/make-plan.ts';
import { day, input, live, record, release, survey, surveyed } from './builders.ts';

const web = role('web');
const restart = operation({ name: 'app.restart', roles: [web], run: async () => undefined });
const deploy = task({
  name: 'deploy',
  description: '',
  steps: [createStep([web]), publishStep([web]), restart, cleanStep([web])],
});
const manage = task({ name: 'manage', description: '', release: currentRelease, lock: 'none', steps: [restart] });
const run = task({ name: 'run', description: '', release: noRelease, lock: 'none', steps: [restart] });
const restarts = task({ name: 'restart', description: '', release: currentRelease, steps: [restart] });

const host = (more: Partial<HostSurvey> = {}): HostSurvey =>
  surveyed('web1', {
    releases: [release(day(1)), release(day(2))],
    recorded: [1, 2].map(day),
    current: live(day(2)),
    ...more,
  });
const answer = (asked: Task, hosts: readonly HostSurvey[], more: Partial<PlanInput> = {}) => {
  const made = makePlan(input(asked, { survey: survey(hosts), ...more }));
  return made.ok
    ? { notices: made.value.notices }
    : { problems: made.failure.map(({ sentence, hint }) => [sentence, hint]) };
};
const fine = { notices: [] };

describe('two environments that share one root by mistake', () => {
  const made = (environment: string | undefined): HostSurvey =>
    host({ releases: [release(day(2), { record: record(day(2), environment === undefined ? {} : { environment }) })] });
  const refused = {
    problems: [
      [
        'What is live in /home/shop/www/prod on web1 was made for the environment staging, not for prod.',
        'give each environment a root of its own; one that was only renamed keeps its old name as deploy_env: staging',
      ],
    ],
  };
  test('are told apart by the name in the record, before anything is changed or run there', () => {
    expect(answer(deploy, [made('prod')])).toEqual(fine);
    expect(answer(deploy, [made('staging')])).toEqual(refused);
    expect(answer(restarts, [made('staging')])).toEqual(refused);
    expect(answer(manage, [made('staging')])).toEqual(refused);
    expect(answer(run, [made('staging')])).toEqual(fine);
  });
  test('a record without a name, and an environment that was renamed, are fine', () => {
    expect(answer(deploy, [made(undefined)])).toEqual(fine);
    expect(answer(deploy, [host({ releases: [release(day(2), { record: undefined })] })])).toEqual(fine);
    expect(answer(deploy, [made('staging')], { settings: { deploy_env: 'staging' } })).toEqual(fine);
  });
});

describe('a clock that is wrong on one host', () => {
  const twoHours = 7200;
  test.each([
    [twoHours, ["the clock of web1 is 2.0 h ahead of this machine's"]],
    [-twoHours, ["the clock of web1 is 2.0 h behind this machine's"]],
    [90, ["the clock of web1 is 2 min ahead of this machine's"]],
    [-60, []],
    [NaN, []],
  ])('by %d s is told', (clockSkewSeconds, notices) => {
    expect(answer(deploy, [host({ clockSkewSeconds })])).toEqual({ notices });
    expect(answer(run, [host({ clockSkewSeconds })])).toEqual(fine);
  });
  test('decides nothing: names, pins and ages are as they were', () => {
    const plan = (clockSkewSeconds: number) => {
      const pinned = release(day(1), { pinnedUntil: new Date('2026-11-20T15:00:00Z') });
      const made = makePlan(
        input(deploy, {
          survey: survey([host({ clockSkewSeconds, releases: [pinned, release(day(2))] })]),
          params: { keep: 1 },
        }),
      );
      return made.ok ? { id: made.value.id, release: made.value.release, retention: made.value.retention } : {};
    };
    expect(plan(twoHours)).toEqual(plan(0));
    expect(plan(-twoHours)).toEqual(plan(0));
  });
});

describe('what does not belong there', () => {
  const sentence = '/home/shop/www/prod/releases on web1 holds what is no release and is left alone:';
  test('files and links in releases/ are told by tasks that make or clean releases', () => {
    const strays = ['a', 'b', 'c', 'd', 'e'];
    expect(answer(deploy, [host({ strays: ['notes.txt'] })])).toEqual({ notices: [`${sentence} notes.txt`] });
    expect(answer(deploy, [host({ strays })])).toEqual({ notices: [`${sentence} a, b, c and 2 more`] });
    expect(answer(restarts, [host({ strays })])).toEqual(fine);
  });
  test('one with the name of the next release makes the run take the name after it', () => {
    const made = makePlan(input(deploy, { survey: survey([host({ strays: ['2026-11-20_14.05.33'] })]) }));
    expect(made.ok && made.value.release?.id).toBe('2026-11-20_14.05.34');
  });
  test('a current that points to nothing is told and can be deployed over', () => {
    expect(answer(deploy, [host({ current: { kind: 'release', id: day(9), exists: false } })])).toEqual({
      notices: [`current on web1 points to ${day(9)}, which is not there`],
    });
  });
  test('a current that points outside, or to itself, stops what publishes', () => {
    for (const target of ['/srv/other/releases/2026-11-01_12.00.00', 'current'])
      expect(answer(deploy, [host({ current: { kind: 'foreign', target } })])).toEqual({
        problems: [
          [
            `/home/shop/www/prod/current on web1 points to ${target}, which is not one of the releases.`,
            'point it at a directory under releases/, or remove it, by hand',
          ],
        ],
      });
  });
  test('what belongs to another user stops everything that changes', () => {
    expect(answer(restarts, [host({ notWritable: '/home/shop/www/prod/.fab' })])).toEqual({
      problems: [
        [
          'shop may not write to /home/shop/www/prod/.fab on web1.',
          'see whose it is, and the settings root and sudo_user',
        ],
      ],
    });
  });
});
