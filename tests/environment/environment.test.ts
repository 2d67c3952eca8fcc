import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { findEnvironments } from '../../src/environment/find-environments.ts';
import { distance, nearest } from '../../src/model/nearest.ts';
import { folderOf, noticesOf, problemsOf, prodOf, read } from './folder.ts';

test('environments are folders with an inventory; names with _ or . are none', async () => {
  const directory = folderOf({
    'prod/inventory.ini': '',
    'typed/inventory.ts': '',
    'split/inventory/a': '',
    'sheet/inventory.csv': '',
    '_users/inventory.ini': '',
    '.git/inventory.ini': '',
    'empty/meta.yml': '',
    plain: '',
  });
  expect(await findEnvironments(directory)).toEqual(['prod', 'sheet', 'split', 'typed']);
  expect(await findEnvironments(join(directory, 'absent'))).toEqual([]);
});

test('an unknown environment gets the nearest and the ones there are', async () => {
  const directory = folderOf({ 'production/inventory.ini': 'h', 'staging/inventory.ini': 'h' });
  const said = await problemsOf(directory, { name: 'prodution' });
  expect(said[0]).toMatch(/^There is no environment prodution in /);
  expect(said[0]).toContain('Did you mean production? Found: production, staging.');
  expect((await problemsOf(folderOf({}), { name: 'x' }))[0]).toContain('holds no folder with an inventory');
  expect(await problemsOf(directory, { name: '../production' })).toHaveLength(1);
});

test('the nearest word', () => {
  expect(distance('kitten', 'sitting')).toBe(3);
  expect(distance('roels', 'roles')).toBe(1);
  expect(nearest('deplyo', ['rollback', 'deploy'])).toBe('deploy');
  expect(nearest('keep-releases', ['keep_releases'])).toBe('keep_releases');
  expect(nearest('xyzzy', ['deploy', 'rollback'])).toBeUndefined();
  expect(nearest('a', [])).toBeUndefined();
});

test('secrets come from .env; one that others can read is a notice', async () => {
  const directory = prodOf({ '.env': 'TOKEN=abc#def\nQUOTED="a b"\nexport OTHER=\'x\'\n' });
  expect((await read(directory)).secrets).toEqual({ TOKEN: 'abc', QUOTED: 'a b', OTHER: 'x' });
  expect(await noticesOf(directory)).toEqual([]);
  chmodSync(join(directory, 'prod/.env'), 0o644);
  expect(await noticesOf(directory)).toEqual([
    'prod/.env can be read by other users of this machine: chmod 600 prod/.env',
  ]);
});

test('public.yml gives the login; host key checks stay on', async () => {
  const directory = prodOf({
    'public.yml':
      'commcare_cloud_remote_user: ansible\ncommcare_cloud_ssh_args: -o ProxyJump=gate\ncommcare_cloud_strict_host_key_checking: no\nsecret: !vault |\n  abc\n',
    'inventory.ini': 'a\nb ansible_user=own\n',
  });
  const { inventory, knownHostsFile } = await read(directory);
  expect(inventory.hosts.map(({ user, sshArguments }) => [user, sshArguments])).toEqual([
    ['ansible', ['-o', 'ProxyJump=gate']],
    ['own', ['-o', 'ProxyJump=gate']],
  ]);
  expect(knownHostsFile).toBe(join(directory, 'prod/known_hosts'));
  expect(await noticesOf(directory)).toEqual([
    'prod/public.yml:3: commcare_cloud_strict_host_key_checking: no is ignored: unknown host keys are always refused.',
  ]);
});

test('vault.yml is never opened', async () => {
  const directory = prodOf({ 'vault.yml': '\0: : not YAML at all [' });
  expect((await read(directory)).notices).toEqual([]);
});

describe('app-processes.yml', () => {
  const inventory = '[celery]\nc1\nc2\n[pillowtop]\np1\n[one]\nc1\n[web]\nw1\nw2\n';
  const withProcesses = (yaml: string) => prodOf({ 'inventory.ini': inventory, 'app-processes.yml': yaml });

  test('becomes tables of what runs where', async () => {
    const { processes } = await read(
      withProcesses(
        'django_port: 9010\ncelery_processes:\n  one:\n    "celery,email_queue": {concurrency: 4}\n    beat: {}\n  c2:\n    ucr: {pooling: gevent, num_workers: 2, max_tasks_per_child: 5}\n  None:\n    flower: {}\npillows:\n  p1:\n    KafkaPillow: {num_processes: 3, start_process: 1, total_processes: 8}\n',
      ),
    );
    expect(processes).toEqual({
      celery: [
        {
          host: 'c1',
          queues: ['celery', 'email_queue'],
          concurrency: 4,
          workers: 1,
          pooling: 'prefork',
          options: { concurrency: 4 },
        },
        { host: 'c1', queues: ['beat'], concurrency: 1, workers: 1, pooling: 'prefork', options: {} },
        {
          host: 'c2',
          queues: ['ucr'],
          concurrency: 1,
          workers: 2,
          pooling: 'gevent',
          options: { pooling: 'gevent', num_workers: 2, max_tasks_per_child: 5 },
        },
      ],
      pillows: [
        {
          host: 'p1',
          pillow: 'KafkaPillow',
          processes: 3,
          start: 1,
          total: 8,
          options: { num_processes: 3, start_process: 1, total_processes: 8 },
        },
      ],
      other: { django_port: 9010 },
    });
  });

  test('its problems have lines', async () => {
    const said = await problemsOf(
      withProcesses(
        'celery_processes:\n  c9: {celery: {}}\n  web: {celery: {}}\n  c1:\n    beat: {}\n    "flower,x": {}\n    ucr: {concurrency: none}\n  c2:\n    beat: {}\npillows:\n  p1:\n    K: {num_processes: 3, total_processes: 2}\n',
      ),
    );
    expect(said.map((each) => each.split('\n')[0])).toEqual([
      'prod/app-processes.yml:2: celery_processes: c9 is no host of the inventory and no group of one.',
      'prod/app-processes.yml:3: celery_processes: the group web has 2 hosts; here it must have one.',
      'prod/app-processes.yml:6: flower cannot share a worker with other queues.',
      'prod/app-processes.yml:7: concurrency must be a whole number from 1 to 100000.',
      'prod/app-processes.yml:9: beat may run only once in an environment.',
      'prod/app-processes.yml:12: K counts to 3 processes, more than its total_processes of 2.',
    ]);
  });

  test('a celery host that it does not mention is a problem', async () => {
    expect((await problemsOf(withProcesses('celery_processes:\n  c1: {celery: {}}\n')))[0]).toContain(
      'celery_processes says nothing about c2, which is in the group celery.',
    );
  });
});
