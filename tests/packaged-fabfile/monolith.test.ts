import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { openDesk, type Desk, type Repository } from '../end-to-end/world.ts';

/** A machine that is its own control machine: nothing listens, nothing is connected to. */
describe('one host, this machine itself', () => {
  let desk: Desk;
  let root: string;
  let repository: Repository;
  const current = (): string => readlinkSync(join(root, 'current'));
  const page = (): string => readFileSync(join(root, 'current/page.txt'), 'utf8');

  beforeAll(() => {
    desk = openDesk();
    root = join(desk.folder, 'srv/shop with a space');
    repository = desk.repository('shop', { 'greeting.txt': 'one\n' });
    const settings = {
      code_repo: repository.path,
      root,
      build: ['tr a-z A-Z <greeting.txt >page.txt', 'env > environment.txt'],
      shared_paths: 'secret.txt',
      before_publish: 'test -s page.txt',
      restart: 'readlink ../../current >> ../../restarts.txt',
      env: { COLOUR: 'blue $HOME' },
    };
    const folder = join(desk.environments, 'shop');
    mkdirSync(folder);
    writeFileSync(join(folder, 'inventory.ini'), '[shop]\nlocalhost ansible_connection=local\n');
    writeFileSync(join(folder, 'fab-settings.yml'), stringify(settings));
  });
  afterAll(() => desk.dispose());

  test('a shared file that is missing is put there', async () => {
    const refused = await desk.fab(['shop', 'deploy', '--yes']);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain(`${root}/shared/secret.txt is missing on localhost`);
    const file = desk.write({ 'my secret.txt': 'a secret\n' });
    expect(await desk.fab(['shop', 'put_shared', 'secret.txt', file])).toMatchObject({ status: 0 });
  });

  test('deploys', async () => {
    const { status, stdout } = await desk.fab(['shop', 'deploy', '--yes']);
    expect(status).toBe(0);
    expect(stdout).toContain('is live on localhost, read back');
    expect(page()).toBe('ONE\n');
    expect(readFileSync(join(root, 'current/secret.txt'), 'utf8')).toBe('a secret\n');
    const variables = readFileSync(join(root, 'current/environment.txt'), 'utf8').split('\n');
    expect(variables).toContain('COLOUR=blue $HOME');
    // What the controller happens to have set does not reach a build, as it would not over ssh.
    expect(variables.filter((line) => /^(FAB_|XDG_CACHE_HOME|NODE_OPTIONS)/.test(line))).toEqual([]);
  });

  test('deploys again and goes back', async () => {
    const first = current();
    repository.commit({ 'greeting.txt': 'two\n' });
    expect(await desk.fab(['shop', 'deploy', '--yes'])).toMatchObject({ status: 0 });
    const second = current();
    expect([second === first, page()]).toEqual([false, 'TWO\n']);
    expect(await desk.fab(['shop', 'rollback', '--yes'])).toMatchObject({ status: 0 });
    expect([current(), page()]).toEqual([first, 'ONE\n']);
    expect(readFileSync(join(root, 'restarts.txt'), 'utf8')).toBe(`${first}\n${second}\n${first}\n`);
  });

  test('runs a line, looks, and has no host key to pin', async () => {
    const run = await desk.fab(['shop', 'run', 'echo "$0 on $(uname -n)"']);
    expect(run).toMatchObject({ status: 0 });
    expect(run.stdout).toContain(`on ${hostname()}`);
    expect(await desk.fab(['shop', 'status'])).toMatchObject({ status: 0 });
    expect(await desk.fab(['shop', 'doctor'])).toMatchObject({ status: 0 });
    expect(await desk.fab(['shop', 'known_hosts', '--yes'])).toMatchObject({ status: 0 });
  });
});
