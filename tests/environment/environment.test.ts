import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
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

test('vault.yml is never opened: whoever opened this one would wait for ever', async () => {
  const directory = prodOf({ 'fab-settings.yml': 'forks: 3\n' });
  execFileSync('mkfifo', [join(directory, 'prod/vault.yml')]);
  const environment = await read(directory);
  expect([environment.settings.forks, environment.notices]).toEqual([3, []]);
});
