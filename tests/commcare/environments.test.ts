import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import fleetTasks from '../../fabfile.ts';
import { readEnvironment, type Environment } from '../../src/environment/environment.ts';
import { hostsOfRole } from '../../src/model/role.ts';
import { operationsIn } from '../../src/model/step.ts';
import type { Task } from '../../src/model/task.ts';
import { hostsOfTask } from '../../src/plan/hosts-of-task.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { plannedSteps } from '../../src/plan/planned-steps.ts';
import { declaredSettings } from '../../src/program/load.ts';
import { planText } from '../../src/report/index.ts';
import { commitOf, day, live, now, record, release, survey, surveyed } from '../plan/builders.ts';

// Environments in commcare-cloud's own shape load as they are; what a deploy on them would do is compared whole.
const directory = fileURLToPath(new URL('../../examples/commcare/environments', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'fabwright-commcare-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const extraSettings = declaredSettings(fleetTasks);

const read = async (name: string, folder = directory): Promise<Environment> => {
  const found = await readEnvironment({ directory: folder, name, extraSettings });
  if (!found.ok) throw new Error(found.failure.map(({ sentence }) => sentence).join('\n'));
  return found.value;
};

const taskNamed = (name: string): Task => {
  const found = fleetTasks.find((each) => each.name === name);
  if (found?.kind !== 'task') throw new Error(`There is no task ${name}.`);
  return found;
};

/** Where each role of the fabfile's deploy is, by the hosts' own names. */
const rolesOf = ({ inventory }: Environment): Readonly<Record<string, readonly string[]>> => {
  const named = ({ name, vars }: Environment['inventory']['hosts'][number]): string =>
    typeof vars['hostname'] === 'string' ? vars['hostname'].replace('-production', '') : name;
  const roles = operationsIn(taskNamed('deploy').steps).flatMap((operation) => operation.roles);
  return Object.fromEntries(roles.map((role) => [role.name, hostsOfRole(inventory, role).map(named)]));
};

/** A fleet that has been deployed to before, as its hosts would describe themselves. */
const planOn = ({ name, inventory, settings, extraSettings: extra }: Environment, task: string): Plan => {
  const root = `/home/cchq/www/${settings.deploy_env}`;
  const releases = [3, 5, 9].map((each) => release(day(each), { record: record(day(each), { environment: name }) }));
  const made = makePlan({
    task: taskNamed(task),
    environment: name,
    inventory,
    limit: undefined,
    params: {},
    settings: { ...settings, ...extra },
    survey: survey(
      hostsOfTask(taskNamed(task), inventory, undefined).map((host) =>
        surveyed(host, {
          ...{ root, user: 'cchq', home: '/home/cchq', uid: 1001, releases },
          current: live(day(9)),
          recorded: [3, 5, 9].map(day),
          disk: { freeBytes: 80 * 2 ** 30, totalBytes: 200 * 2 ** 30, freeInodes: 4_000_000 },
        }),
      ),
    ),
    source: {
      commit: commitOf('b'),
      ref: 'master',
      shipment: {
        from: commitOf('a'),
        to: commitOf('b'),
        ref: 'master',
        commits: [{ hash: commitOf('b'), author: 'Ana', subject: 'Cases are closed once' }],
        undone: [],
        changedFiles: 12,
        submodules: [],
        migrations: ['corehq/apps/cases/migrations/0042_closed.py'],
      },
    },
    now,
  });
  if (!made.ok) throw new Error(made.failure.map(({ sentence }) => sentence).join('\n'));
  return made.value;
};

test.each(['monolith', 'small', 'production'])('%s loads without a word', async (name) => {
  const { notices, settings, processes } = await read(name);
  expect(notices).toEqual([]);
  expect(settings.deploy_env).toBe(name);
  expect(processes?.celery.length).toBeGreaterThan(0);
});

test('a vault is never opened: whoever opened this one would wait for ever', async () => {
  cpSync(directory, scratch, { recursive: true });
  rmSync(join(scratch, 'production/vault.yml'));
  execFileSync('mkfifo', [join(scratch, 'production/vault.yml')]);
  expect((await read('production', scratch)).inventory.hosts).toHaveLength(40);
});

describe('groups become roles', () => {
  const many = (name: string, to: number): readonly string[] =>
    Array.from({ length: to }, (_, index) => `${name}${index + 1}`);

  test('of a fleet with a group for everything', async () => {
    expect(rolesOf(await read('production'))).toEqual({
      webworkers: many('web', 10),
      celery: many('celery', 6),
      pillowtop: many('pillow', 4),
      formplayer: many('formplayer', 2),
      proxy: ['proxy1', 'proxy2'],
      staticfiles: ['proxy1', 'proxy2'],
      // Without a group `deploy` it is the first web worker.
      deploy: ['web1'],
      django_manage: ['djangomanage1'],
      preindex: ['pillow1'],
      airflow: [],
    });
  });

  test('of a small one, without optional groups', async () => {
    expect(rolesOf(await read('small'))).toEqual({
      webworkers: ['web1', 'web2'],
      celery: ['worker1'],
      pillowtop: ['worker1'],
      formplayer: ['formplayer1'],
      proxy: ['proxy1'],
      staticfiles: ['proxy1'],
      deploy: ['web1'],
      django_manage: ['web1'],
      preindex: ['worker1'],
      airflow: [],
    });
  });

  test('of a monolith, where every step is done once', async () => {
    const monolith = await read('monolith');
    const { airflow, ...roles } = rolesOf(monolith);
    expect(airflow).toEqual([]);
    expect(Object.values(roles)).toEqual(Object.keys(roles).map(() => ['hq1']));
    const steps = plannedSteps(planOn(monolith, 'deploy').nodes);
    expect(steps.map(({ hosts }) => hosts)).toEqual(steps.map(() => ['hq1']));
    expect(new Set(steps.map(({ id }) => id)).size).toBe(steps.length);
  });

  test('databases, queues and the control machine are in no deploy', async () => {
    const production = await read('production');
    const hosts = hostsOfTask(taskNamed('deploy'), production.inventory, undefined);
    expect(hosts).toHaveLength(25);
    for (const group of ['control', 'postgresql', 'couchdb2', 'kafka', 'elasticsearch', 'redis', 'rabbitmq'])
      for (const host of production.inventory.groups[group] ?? []) expect(hosts).not.toContain(host);
  });
});

describe('every step that concerns the whole application has one host', () => {
  test('on the fleet of 40', async () => {
    const production = await read('production');
    const one = plannedSteps(planOn(production, 'deploy').nodes).filter(({ hosts }) => hosts.length === 1);
    expect(Object.fromEntries(one.map(({ id, hosts }) => [id, hosts[0]]))).toMatchObject({
      'preindex.start': '10.8.3.11',
      'preindex.gate': '10.8.3.11',
      'kafka.check-checkpoints': '10.8.1.11',
      'database.finish-preindex': '10.8.1.11',
      'database.pending-migrations': '10.8.1.11',
      'database.migrate': '10.8.1.11',
      'kafka.create-topics': '10.8.1.11',
      'elasticsearch.flip-aliases': '10.8.1.11',
      'django.system-checks': '10.8.1.11',
      'django.record-deploy': '10.8.1.11',
      'static.collect': '10.8.0.21',
      'static.compress': '10.8.0.21',
    });
  });
});

test('the whole plan of a deploy on the fleet of 40', async () => {
  const stored = join(directory, 'production/deploy.plan.txt');
  const text = planText(planOn(await read('production'), 'deploy'), { width: 140 });
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(stored, text);
  expect(text).toBe(readFileSync(stored, 'utf8'));
});

describe('what is wrong with app-processes.yml is said before any connection', () => {
  const wrong = async (find: string | RegExp, put: string): Promise<readonly string[]> => {
    const folder = mkdtempSync(join(scratch, 'wrong-'));
    cpSync(join(directory, 'production'), join(folder, 'production'), { recursive: true });
    const file = join(folder, 'production/app-processes.yml');
    const text = readFileSync(file, 'utf8');
    const changed = text.replace(find, put);
    expect(changed).not.toBe(text);
    writeFileSync(file, changed);
    const found = await readEnvironment({ directory: folder, name: 'production', extraSettings });
    return found.ok ? [] : found.failure.map(({ at, sentence }) => `${at?.line ?? 0}: ${sentence}`);
  };

  test.each([
    [
      'a queue that nobody serves',
      /^ {4}case_rule_queue:\n.*\n/m,
      '',
      22,
      'Nobody serves case_rule_queue: tasks sent there would wait for ever.',
    ],
    [
      'a queue that there is not',
      'export_download_queue:',
      'exports_queue:',
      44,
      'exports_queue is no queue of the application.',
    ],
    [
      'a host that the inventory lacks',
      '  celery4:',
      '  celery44:',
      57,
      'celery_processes: celery44 is no host of the inventory and no group of one.',
    ],
    [
      'two hosts claiming beat',
      '  celery2:\n',
      '  celery2:\n    beat: {}\n',
      36,
      'beat may run only once in an environment, and 10.8.2.11 and 10.8.2.12 claim it.',
    ],
    [
      'a periodic queue on a second host',
      '  celery4:\n',
      '  celery4:\n    celery_periodic: {}\n',
      58,
      'celery_periodic may run only once in an environment, and 10.8.2.11 and 10.8.2.14 claim it.',
    ],
    [
      'more pillows than there are',
      'start_process: 4',
      'start_process: 5',
      98,
      'case-pillow counts to 9 processes, more than its total_processes of 8.',
    ],
    [
      'no web worker',
      'gunicorn_workers_static_factor: 1',
      'gunicorn_workers_static_factor: few',
      5,
      'gunicorn_workers_static_factor must be a number from 0 to 9999.',
    ],
  ])('%s', async (_, find, put, line, sentence) => {
    expect(await wrong(find, put)).toContain(`${line}: ${sentence}`);
  });
});

test('no environment here names a host that exists', () => {
  for (const name of ['monolith', 'small', 'production'])
    for (const file of readdirSync(join(directory, name))) {
      const text = readFileSync(join(directory, name, file), 'utf8');
      const domains = text.match(/\b[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?:com|org|net|io|dev|example)\b/g) ?? [];
      expect(domains.filter((domain) => !domain.endsWith('.example'))).toEqual([]);
    }
});
