import { expect, test } from '@jest/globals';
import { globalNames } from '../../src/cli/argv/global-flags.ts';
import { shapeOf, type CommandShape } from '../../src/cli/argv/shape.ts';
import { environmentText, helpText, taskHelp, usageText } from '../../src/cli/help.ts';
import { initShape } from '../../src/cli/init.ts';
import { taskList, taskListJson } from '../../src/cli/list.ts';
import { branchGuard, confirmGuard } from '../../src/model/guard.ts';
import { choice, count, flag, list, secret, text, type Param } from '../../src/model/param.ts';
import { ok } from '../../src/model/result.ts';
import { task, view } from '../../src/model/task.ts';

const release: Param<string> = {
  kind: 'release',
  description: 'go on with a release',
  read: (value) => ok(String(value)),
};

const deploy = shapeOf(
  task({
    name: 'deploy',
    description: 'Build a release on every host and make it live on all of them.',
    group: 'Deploy',
    guards: [branchGuard, confirmGuard],
    steps: [],
  }),
  {
    branch: text({ description: 'what to deploy', default: 'master', setting: 'default_branch' }),
    resume: release,
    on_failure: choice(['stop', 'rollback'], {
      description: 'after a failed restart',
      default: 'stop',
      placeholder: 'WORD',
    }),
    hold: flag({ description: 'stop before it goes live' }),
    carry: list({ description: 'copied from the live release' }),
    token: secret({ description: 'for the notification' }),
  },
);
const clean = shapeOf(
  task({
    name: 'clean_releases',
    description: 'Delete releases that nothing needs.',
    group: 'Deploy',
    aliases: ['clean'],
    params: { keep: count({ description: 'how many stay', default: 5 }) },
    steps: [],
  }),
);
const run = shapeOf(
  task({
    name: 'run',
    description: 'Any command,\non many hosts.',
    params: {
      line: text({ description: 'a shell line', positional: true, required: true, placeholder: 'LINE' }),
      ticket: text({ description: 'why', required: true }),
    },
    steps: [],
  }),
);
const status = shapeOf(
  view({ name: 'status', description: 'What is live where.', show: () => ({ text: '', json: null }) }),
);
const shapes: readonly CommandShape[] = [run, deploy, clean, status];

test('fab -l groups the tasks, one line each', () => {
  expect(taskList(shapes)).toBe(
    `Deploy
  deploy          Build a release on every host and make it live on all of them.
  clean_releases  Delete releases that nothing needs. (also: clean)

Look
  status          What is live where.

Other
  run LINE        Any command, on many hosts.`,
  );
});

test('fab -l cuts its lines to a width', () => {
  expect(taskList([deploy, clean], { width: 40 }).split('\n')).toEqual([
    'Deploy',
    '  deploy          Build a release on ev…',
    '  clean_releases  Delete releases that …',
  ]);
});

test('fab -l --json', () => {
  expect(taskListJson([clean])).toEqual([
    {
      name: 'clean_releases',
      aliases: ['clean'],
      group: 'Deploy',
      description: 'Delete releases that nothing needs.',
      needsEnvironment: true,
      options: [
        {
          name: 'keep',
          flag: '--keep',
          usage: '--keep N',
          kind: 'count',
          description: 'how many stay',
          positional: false,
          required: false,
          setting: null,
        },
      ],
    },
  ]);
});

test('fab <env> <task> --help', () => {
  expect(taskHelp(deploy, 'production')).toBe(
    `deploy: Build a release on every host and make it live on all of them.

Usage: fab production deploy [flags]
   or: fab production deploy:branch=BRANCH

Parameters:
  --branch BRANCH     what to deploy (default master; setting default_branch)
  --resume [RELEASE]  go on with a release
  --on-failure WORD   after a failed restart (one of stop, rollback; default stop)
  --hold              stop before it goes live
  --carry CARRY       copied from the live release

Questions answered ahead:
  --other-branch  deploy a branch that is not the default one

fab --help shows the flags that every task takes.`,
  );
});

test('help of a task with positionals, of one with aliases, of one without parameters', () => {
  expect(taskHelp(run)).toBe(
    `run: Any command,
on many hosts.

Usage: fab <env> run LINE --ticket TICKET
   or: fab <env> run:'LINE'

Parameters:
  LINE             a shell line
  --ticket TICKET  why (required)

fab --help shows the flags that every task takes.`,
  );
  expect(taskHelp(clean).split('\n').slice(2, 5)).toEqual([
    'Usage: fab <env> clean_releases [flags]',
    '   or: fab <env> clean_releases:keep=N',
    'Also called: clean',
  ]);
  expect(taskHelp(status)).toBe(
    `status: What is live where.

Usage: fab <env> status

fab --help shows the flags that every task takes.`,
  );
  expect(taskHelp(initShape).split('\n')[2]).toBe('Usage: fab init [flags]');
});

test('fab --help names every global flag and every exit status', () => {
  const help = helpText();
  for (const name of globalNames) expect(help).toMatch(new RegExp(`^  (-\\w, )?--${name}\\b`, 'm'));
  for (const code of ['0', '1', '2', '3', '4', '5', '130, 143, 129'])
    expect(help).toMatch(new RegExp(`^  ${code} `, 'm'));
  expect(Math.max(...help.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(100);
});

test('fab alone', () => {
  expect(usageText(['demo', 'production'], './environments')).toBe(
    `Usage: fab <env> <task> [its flags] [<task> …]
       fab -l                     every task
       fab <env>                  hosts, roles and tasks of an environment
       fab <env> <task> --help    what a task takes
       fab init                   writes a first environment

Environments in ./environments:
  demo
  production

fab --help says more.`,
  );
  expect(usageText([]).split('\n\n')[1]).toBe(
    'No environment in ./environments. Make one with fab init, or name their folder: --environments DIR.',
  );
});

test('fab <env>', () => {
  expect(
    environmentText({
      name: 'production',
      hosts: [
        { name: 'web1', groups: ['all', 'app', 'webworkers'] },
        { name: 'database-1', groups: ['all', 'ungrouped'] },
      ],
      roles: [
        { name: 'web', hosts: ['web1'] },
        { name: 'celery', hosts: [] },
      ],
      tasks: [status],
    }),
  ).toBe(
    `Hosts of production:
  web1        app, webworkers
  database-1

Roles:
  web     web1
  celery  no host

Look
  status  What is live where.

fab production <task> --help shows what a task takes.`,
  );
});
