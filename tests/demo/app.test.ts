import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { execFile, execFileSync } from 'node:child_process';
import { cp, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { askHosts, demoRoot, wrongWith } from '../../src/demo/answers.ts';
import { commitNextVersion, ensureAppRepository } from '../../src/demo/app-repository.ts';
import type { DemoFolder } from '../../src/demo/folder.ts';
import { demoHosts, type DemoHost } from '../../src/demo/inventory.ts';
import { takeDown } from '../../src/demo/take-down.ts';
import { treeLines } from '../../src/demo/tree.ts';
import { eventually, newDemo, project, removeDemo } from './helpers.ts';

const source = join(project, 'examples/node-app');
let folder: DemoFolder;
let host: DemoHost;
let root: string;

beforeEach(async () => {
  folder = await newDemo();
  host = demoHosts(await readFile(folder.inventory, 'utf8'))[0]!;
  root = demoRoot(folder, host.name);
});
afterEach(() => removeDemo(folder));

/** What a deploy does, by hand: a built release, `current` on it. */
const release = async (id: string): Promise<void> => {
  const directory = join(root, 'releases', id);
  await cp(source, directory, { recursive: true });
  await writeFile(join(directory, 'version.txt'), `Version of ${id}\n`);
  execFileSync(process.execPath, ['build.mjs'], { cwd: directory });
  await symlink(`releases/${id}`, join(root, 'next'));
  await rename(join(root, 'next'), join(root, 'current'));
};

const app = async (verb: string): Promise<void> => {
  await promisify(execFile)('sh', [join(root, 'current/bin/app'), verb, root, String(host.appPort)], {
    env: { PATH: process.env['PATH'], HOME: folder.home(host.name) },
  });
};

const answer = async () => (await askHosts(folder, [host]))[0]!;
const served = (): Promise<{ release: string; version: string }> => eventually(async () => (await answer()).served);

test('the application says which release it runs in, after a restart the new one', async () => {
  await release('2026-11-20_14.05.33');
  await app('restart');
  expect(await served()).toEqual({ release: '2026-11-20_14.05.33', version: 'Version of 2026-11-20_14.05.33' });
  expect(wrongWith([await answer()], 'Version of 2026-11-20_14.05.33')).toEqual([]);

  await release('2026-11-21_14.05.33');
  expect(wrongWith([await answer()], 'Version of 2026-11-21_14.05.33')).toEqual([
    'web1 serves 2026-11-20_14.05.33, but its current is 2026-11-21_14.05.33.',
  ]);
  const health = (id: string) => fetch(`http://127.0.0.1:${host.appPort}/health?release=${id}`);
  expect((await health('2026-11-21_14.05.33')).status).toBe(503);
  await app('restart');
  expect((await served()).release).toBe('2026-11-21_14.05.33');
  expect((await health('2026-11-21_14.05.33')).status).toBe(200);
  const page = await (await fetch(`http://127.0.0.1:${host.appPort}/`)).text();
  expect(page).toContain('<p>Release 2026-11-21_14.05.33</p>');
  expect((await fetch(`http://127.0.0.1:${host.appPort}/other`)).status).toBe(404);
});

test('start leaves a running one alone, stop ends it, and both may be said twice', async () => {
  await release('2026-11-20_14.05.33');
  await app('start');
  await served();
  const pid = await readFile(join(root, 'log/app.pid'), 'utf8');
  await app('start');
  expect(await readFile(join(root, 'log/app.pid'), 'utf8')).toBe(pid);
  await app('stop');
  await app('stop');
  expect((await answer()).served).toBeUndefined();
});

test('a recorded process id that is another program is not killed', async () => {
  await release('2026-11-20_14.05.33');
  await mkdir(join(root, 'log'));
  await writeFile(join(root, 'log/app.pid'), `${process.pid}\n`);
  await app('restart');
  await served();
  expect(await readFile(join(root, 'log/app.pid'), 'utf8')).not.toBe(`${process.pid}\n`);
});

test('taking the demo down ends the application', async () => {
  await release('2026-11-20_14.05.33');
  await app('start');
  await served();
  expect(await takeDown(folder.environment)).toEqual({ applications: ['web1'], fleet: false });
  expect((await answer()).served).toBeUndefined();
  expect(await takeDown(folder.environment)).toEqual({ applications: [], fleet: false });
});

test('answers that differ are told as sentences', () => {
  const at = (name: string, linked: string | undefined, version?: string, from = linked) => ({
    host: name,
    url: 'http://x',
    linked,
    served: version === undefined ? undefined : { release: from ?? '', version },
  });
  expect(wrongWith([at('web1', 'a', 'V'), at('web2', 'a', 'V')], 'V')).toEqual([]);
  expect(wrongWith([at('web1', 'a', 'V'), at('web2', 'b', 'W'), at('web3', undefined), at('web4', 'a')], 'V')).toEqual([
    'web2 serves "W", not "V".',
    'web3 has no release.',
    'web4 does not answer at http://x.',
    'The hosts are on 3 different releases.',
  ]);
});

test("the application's repository gets a new version with each commit, and a person's own stay", async () => {
  await ensureAppRepository(folder.app, source);
  const first = await commitNextVersion(folder.app);
  const git = (...words: string[]): string => execFileSync('git', ['-C', folder.app, ...words], { encoding: 'utf8' });
  expect(first.version).toBe('Version 1');
  expect(git('ls-files').trim().split('\n')).toEqual([
    '.gitignore',
    'bin/app',
    'build.mjs',
    'fabfile.ts',
    'server.mjs',
    'version.txt',
  ]);
  await writeFile(join(folder.app, 'mine'), 'mine');
  await ensureAppRepository(folder.app, source);
  const second = await commitNextVersion(folder.app);
  expect(second).toEqual({ hash: git('rev-parse', 'refs/heads/master').trim(), version: 'Version 2' });
  expect(git('show', 'HEAD:mine')).toBe('mine');
  expect(git('show', 'HEAD:version.txt')).toBe('Version 2\n');
});

test('a tree shows two levels, and where links lead', async () => {
  await release('2026-11-20_14.05.33');
  await rm(join(root, 'current/version.txt'));
  expect(treeLines(root, 2)).toEqual([
    'current -> releases/2026-11-20_14.05.33',
    'releases/',
    '  2026-11-20_14.05.33/',
  ]);
});
