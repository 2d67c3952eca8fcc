import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { askHosts, demoRoot, wrongWith, type HostAnswer } from '../../src/demo/answers.ts';
import { commitNextVersion } from '../../src/demo/app-repository.ts';
import { demoFolder, type DemoFolder } from '../../src/demo/folder.ts';
import { demoHosts, type DemoHost } from '../../src/demo/inventory.ts';
import { wordsOf } from '../../src/demo/process.ts';
import { takeDown } from '../../src/demo/take-down.ts';
import { eventually, logged, project } from './helpers.ts';

const patience = 180_000;

let directory: string;
let folder: DemoFolder;
let hosts: readonly DemoHost[];
let told: Ended;

interface Ended {
  readonly status: number;
  readonly output: string;
}

/** As a person's shell has it: nothing of the test runner's own. */
const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(NODE_|JEST_|FAB_)/.test(name))),
  FAB_DEMO_DIR: directory,
  XDG_STATE_HOME: join(directory, 'xdg-state'),
  XDG_CACHE_HOME: join(directory, 'xdg-cache'),
});

const run = (...words: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const options = { cwd: project, env: environment(), maxBuffer: 1e8, timeout: patience };
    execFile(process.execPath, words, options, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code ?? -1), output: `${stdout}${stderr}` }),
    ).stdin?.end();
  });

const demo = (...words: readonly string[]): Promise<Ended> => run('scripts/demo.mjs', ...words);
const fabWords = (...words: readonly string[]): readonly string[] => [
  'dist/cli/bin.js',
  '--environments',
  join(directory, 'environments'),
  'demo',
  ...words,
];
const fab = (...words: readonly string[]): Promise<Ended> => run(...fabWords(...words));

const answers = (): Promise<readonly HostAnswer[]> => askHosts(folder, hosts);
const releasesOn = async (host: string): Promise<readonly string[]> =>
  (await readdir(join(demoRoot(folder, host), 'releases'))).sort();
const accepted = async (): Promise<number> => (await logged(folder, 'accepted')).length;

/** Processes of ours that run in a folder or below it. */
const processesIn = (path: string): readonly string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`).startsWith(path);
    } catch {
      return false;
    }
  });

beforeAll(async () => {
  directory = realpathSync(await mkdtemp(join(tmpdir(), 'fab-demo-test-')));
  folder = demoFolder(join(directory, 'environments', 'demo'), directory);
  told = await demo();
  if (existsSync(folder.inventory)) hosts = demoHosts(await readFile(folder.inventory, 'utf8'));
}, patience);
afterAll(async () => {
  await takeDown(folder.environment);
  await rm(directory, { recursive: true, force: true });
});

test('the demo ends with 0 and tells what to type next', () => {
  // The output says more than the status when this fails.
  expect(told.status === 0 ? '' : told.output).toBe('');
  for (const title of ['1. Start three hosts', '3. Deploy it', '4. Change it and deploy again', '5. Roll back'])
    expect(told.output).toContain(title);
  expect(told.output).toMatch(/current -> releases\/\d{4}-\d\d-\d\d_\d\d\.\d\d\.\d\d\n/);
  expect(told.output).toContain('npm run demo -- --down');
});

test('it takes less than 30 s on a machine that does little else', () => {
  const others = 1 + Math.max(0, loadavg()[0]! - cpus().length) / cpus().length;
  expect(Number(/Everything was as it must be, in ([\d.]+) s/.exec(told.output)?.[1])).toBeLessThan(30 * others);
});

test('afterwards three ports answer the release that readlink shows: the first of two', async () => {
  const found = await answers();
  expect(found.map(({ host }) => host)).toEqual(['web1', 'web2', 'web3']);
  expect(wrongWith(found, 'Version 1')).toEqual([]);
  for (const { host, linked } of found) {
    const releases = await releasesOn(host);
    expect(releases).toHaveLength(2);
    expect(linked).toBe(releases[0]);
  }
});

test('the fleet saw one connection per host for each of the three runs', async () => {
  expect(await accepted()).toBe(9);
});

test(
  'a deploy by hand makes three connections, and no more',
  async () => {
    const { version } = await commitNextVersion(folder.app);
    const before = await accepted();
    const { status, output } = await fab('deploy', '--yes');
    expect(status === 0 ? '' : output).toBe('');
    expect((await accepted()) - before).toBe(3);
    expect(wrongWith(await answers(), version)).toEqual([]);
  },
  patience,
);

test(
  'any command brings the fleet up again from its folders, and the application with it',
  async () => {
    const before = (await answers()).map(({ linked }) => linked);
    expect((await demo('--down')).output).toContain('The demo fleet is down.');
    expect((await answers()).map(({ served }) => served)).toEqual([undefined, undefined, undefined]);

    const { status, output } = await fab('releases');
    expect(status).toBe(0);
    for (const release of new Set(before)) expect(output).toContain(release!);
    const again = await eventually(async () => {
      const found = await answers();
      return found.every(({ served }) => served !== undefined) ? found : undefined;
    });
    expect(again.map(({ served }) => served?.release)).toEqual(before);
  },
  patience,
);

test(
  'a controller killed half-way changes nothing, and --resume ends whole on the release it began',
  async () => {
    const before = await answers();
    const older = await releasesOn('web1');
    // On web2 the build goes on until the test lets it end.
    await writeFile(
      join(folder.app, 'build.mjs'),
      `import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
while (existsSync(process.env.HOME + '/hold')) await pause(50);
${await readFile(join(folder.app, 'build.mjs'), 'utf8')}`,
    );
    const { version } = await commitNextVersion(folder.app);
    const hold = join(folder.home('web2'), 'hold');
    await writeFile(hold, '');

    const controller = spawn(process.execPath, fabWords('deploy', '--yes'), {
      cwd: project,
      env: environment(),
      stdio: 'ignore',
    });
    const ended = once(controller, 'exit');
    const begun = await eventually(async () => (await releasesOn('web1')).find((id) => !older.includes(id)), 30);
    const built = (host: string): string => join(demoRoot(folder, host), 'releases', begun, 'public', 'index.html');
    await eventually(() => (existsSync(built('web1')) && existsSync(built('web3')) ? true : undefined), 30);
    const held = join(demoRoot(folder, 'web2'), 'releases', begun);
    await eventually(() => (processesIn(held).length > 0 ? true : undefined), 30);
    controller.kill('SIGKILL');
    await ended;

    expect(await answers()).toEqual(before);
    // The build of a controller that is gone does not go on.
    await eventually(() => (processesIn(held).length === 0 ? true : undefined), 30);
    expect(existsSync(built('web2'))).toBe(false);

    await rm(hold);
    const { status, output } = await fab('deploy', '--resume', '--yes');
    expect(status === 0 ? '' : output).toBe('');
    const after = await answers();
    expect(wrongWith(after, version)).toEqual([]);
    expect(after.map(({ linked }) => linked)).toEqual([begun, begun, begun]);
  },
  patience,
);

test(
  'played again it goes on from where it is',
  async () => {
    const { status, output } = await demo();
    expect(status === 0 ? '' : output).toBe('');
    expect(wrongWith(await answers(), /Committed "(.*?)"/.exec(output)![1]!)).toEqual([]);
  },
  patience,
);

test('--down ends the fleet and the applications, and may be said twice', async () => {
  const pid = Number(await readFile(folder.pid, 'utf8'));
  expect(wordsOf(pid)).toContain(folder.environment);
  expect(await demo('--down')).toEqual({
    status: 0,
    output: 'The demo fleet is down.\nEnded the application on web1, web2, web3.\n',
  });
  expect(wordsOf(pid)).toEqual([]);
  expect(processesIn(directory)).toEqual([]);
  expect(await demo('--down')).toEqual({ status: 0, output: 'The demo fleet was not up.\n' });
});

test('a word that the demo does not know is refused', async () => {
  const { status, output } = await demo('--dwon');
  expect(status).toBe(2);
  expect(output).toContain('The demo does not know --dwon.');
});
