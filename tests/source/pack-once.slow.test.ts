import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openWorld, well, type Ran, type Repository, type World } from '../end-to-end/world.ts';

let world: World;
let app: Repository;
let bin: string;
let log: string;

/** A `git` that writes down its words and then is the real one; only the controller's PATH leads to it. */
const watchGit = (): void => {
  bin = join(world.folder, 'bin');
  log = join(world.folder, 'git.log');
  const real = spawnSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).stdout.trim();
  mkdirSync(bin);
  writeFileSync(join(bin, 'git'), `#!/bin/sh\nprintf '%s\\n' "$*" >> '${log}'\nexec '${real}' "$@"\n`);
  chmodSync(join(bin, 'git'), 0o755);
};

/** Runs fab and gives the words of every `git` that the controller started. */
const watched = async (words: readonly string[]): Promise<readonly string[]> => {
  rmSync(log, { force: true });
  await well(world.fab(words, { env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` } }));
  return readFileSync(log, 'utf8').trimEnd().split('\n');
};

const packsAmong = (lines: readonly string[]): number => lines.filter((line) => / pack-objects /.test(line)).length;
const deploy = (): Promise<Ran> => well(world.fab(['test', 'deploy', '--yes']));

beforeAll(async () => {
  world = await openWorld({ kind: 'loopback', hosts: 10 });
  watchGit();
  app = world.repository('app');
  world.environment('test', { settings: { code_repo: app.path } });
  await deploy();
});
afterAll(() => world.stop());

test('ten hosts that have the same code are sent one pack, which is made once; no git runs per host', async () => {
  app.commit({ 'a.txt': 'one\n' }, 'Second');
  const lines = await watched(['test', 'deploy', '--yes']);
  expect(packsAmong(lines)).toBe(1);
  // Finding the commit, saying what it ships, the bases and the pack: fewer than two for each host.
  expect(lines.length).toBeLessThan(20);
});

test('what a host has besides makes a pack of its own, for that host alone', async () => {
  const further = app.commit({ 'a.txt': 'two\n' }, 'Third');
  await well(world.fab(['test', 'setup_release', '--limit', 'web3', '--commit', further]));
  app.commit({ 'a.txt': 'three\n' }, 'Fourth');
  expect(packsAmong(await watched(['test', 'deploy', '--yes']))).toBe(2);
});
