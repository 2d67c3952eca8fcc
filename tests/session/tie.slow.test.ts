import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Tie } from '../../src/session/tie.ts';
import { talking, wrapped } from '../../src/session/wrapper.ts';
import { shells, type Shell } from '../shells.ts';
import { begin, carryOut, hold, plain, type Holder } from './in-shell.ts';
import { isRunning, slowness, until } from './local-host.ts';

const folder = mkdtempSync(join(tmpdir(), "fab tie's-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A host whose only ways to lock a file are the ones named. */
const pathWith = (...lockers: readonly string[]): string => {
  const path = mkdtempSync(join(folder, 'bin-'));
  for (const tool of ['setsid', 'sleep', 'cat', ...lockers]) symlinkSync(join('/usr/bin', tool), join(path, tool));
  return path;
};

/** Every shell with every locker; flock with the shell's own tools. */
const places: readonly (readonly [string, Shell])[] = shells.flatMap((shell) => [
  [`${shell.name} with flock`, shell] as const,
  ...['perl', 'python3'].map((tool) => [`${shell.name} with ${tool}`, { ...shell, path: pathWith(tool) }] as const),
]);

let counted = 0;
let root = '';
let keeper: Holder;
let tie: Required<Tie>;
const at = (name: string): string => join(root, name);
const numberIn = (name: string): number => Number(readFileSync(at(name), 'utf8'));

beforeEach(async () => {
  root = join(folder, `run ${(counted += 1)} $x`);
  mkdirSync(root);
  writeFileSync(at('work'), '');
  writeFileSync(at('epoch'), '7\n');
  tie = { alive: at('alive'), fence: { work: at('work'), epochFile: at('epoch'), epoch: 7 } };
  keeper = await hold(tie.alive);
});
afterEach(() => keeper.letGo());

const isFree = (path: string): boolean => spawnSync('flock', ['-n', '-x', path, 'true']).status === 0;
const tookOver = 'This run has lost its lock on the host: another run took over.\n';
const isOver = 'The run that sent this command is over, so the command did not begin.\n';
const refused = (sentence: string) => ({ status: 125, output: 'fab 1234\n', errors: sentence });

describe.each(places)('a command tied to its run, in %s', (_, shell) => {
  const say = (command = 'echo ran', directory = root) => carryOut(shell, { command, directory, tie });

  test('runs while the run is there, with nothing of the run’s in its hands', async () => {
    const look =
      'printf %s "$#|$(set | sed -n /^fab_/p)|$(ls -l /proc/$$/fd | sed -n "s/.*-> //p" | sort -u | sed -n /run/p)"';
    const { status, output } = await carryOut({ ...shell, path: undefined }, { command: look, tie });
    expect([status, output]).toEqual([0, 'fab 1234\n0||']);
    expect(await say('cat; echo out; exit 7')).toEqual({ status: 7, output: 'fab 1234\nout\n', errors: '' });
    expect(isFree(tie.fence.work)).toBe(true);
  });

  test('holds the fleet’s work shared for as long as it runs', async () => {
    const running = begin(
      shell,
      wrapped({ ...plain, command: `: > ${JSON.stringify(at('began')).replaceAll('$', '\\$')}; sleep 60`, tie }),
    );
    await until(() => existsSync(at('began')), 5);
    expect(isFree(tie.fence.work)).toBe(false);
    expect(spawnSync('flock', ['-n', '-s', tie.fence.work, 'true']).status).toBe(0);
    running.child.stdin.destroy();
    await running.ended;
    expect(isFree(tie.fence.work)).toBe(true);
  });

  test('is refused when the run is over: its lock is free, or gone', async () => {
    await keeper.letGo();
    expect(await say()).toEqual(refused(isOver));
    rmSync(tie.alive);
    expect(await say()).toEqual(refused(isOver));
    expect(existsSync(tie.alive)).toBe(false);
    // That is what is said, rather than that the next run has cleaned the directory away.
    expect(await say('echo ran', at('missing'))).toEqual(refused(isOver));
    writeFileSync(at('epoch'), '8\n');
    expect(await say()).toEqual(refused(tookOver));
    rmSync(root, { recursive: true });
    expect(await say()).toEqual(refused(tookOver));
  });

  test('is refused when another run has taken over, or the files of the fence are gone', async () => {
    for (const epoch of ['8\n', '', '77', '7 7\n']) {
      writeFileSync(at('epoch'), epoch);
      expect(await say()).toEqual(refused(tookOver));
    }
    writeFileSync(at('epoch'), '7');
    expect((await say()).status).toBe(0);
    rmSync(at('epoch'));
    expect(await say()).toEqual(refused(tookOver));
    writeFileSync(at('epoch'), '7\n');
    rmSync(at('work'));
    expect((await say()).status).toBe(125);
    expect(existsSync(at('work'))).toBe(false);
  });

  test('looks at the epoch only once it has the lock', async () => {
    const newer = await hold(tie.fence.work);
    const waiting = begin(shell, wrapped({ ...plain, command: 'echo ran', tie }));
    await new Promise((resolve) => setTimeout(resolve, 300));
    writeFileSync(at('epoch'), '8\n');
    await newer.letGo();
    expect([await waiting.ended, await waiting.output, await waiting.errors]).toEqual([125, 'fab 1234\n', tookOver]);
  });

  test('talking: the same tie, and standard input is the command’s', async () => {
    const talk = begin(shell, talking({ ...plain, command: 'cat; exit 3', tie }));
    talk.child.stdin.end('one\ntwo');
    expect([await talk.ended, await talk.output]).toEqual([3, 'fab 1234\none\ntwo']);
    const command = 'trap "" TERM; echo $$; : > began; while :; do sleep 1; done';
    const stuck = begin(shell, talking({ ...plain, command, directory: root, tie }));
    stuck.child.stdin.write('never read');
    await until(() => existsSync(at('began')), 10);
    expect(isFree(tie.fence.work)).toBe(false);
    await keeper.letGo();
    expect(await stuck.ended).toBe(137);
    expect(isFree(tie.fence.work)).toBe(true);
    expect(isRunning(Number((await stuck.output).split('\n')[1]))).toBe(false);
    const late = begin(shell, talking({ ...plain, command: 'echo ran', tie }));
    expect([await late.ended, await late.output, await late.errors]).toEqual([125, 'fab 1234\n', isOver]);
  });
});

describe.each(shells)('a tied command in $name', (shell) => {
  test('a daemon that it leaves holds nothing, closing nothing', async () => {
    const { status } = await carryOut(shell, {
      command: 'sleep 60 >/dev/null 2>&1 & echo $! > daemon',
      directory: root,
      tie,
    });
    const daemon = numberIn('daemon');
    expect([status, isRunning(daemon), isFree(tie.fence.work)]).toEqual([0, true, true]);
    await keeper.letGo();
    expect(isFree(tie.alive)).toBe(true);
    process.kill(daemon);
  });

  test('is refused where nothing can lock a file', async () => {
    const bare = { ...shell, path: pathWith() };
    expect(await carryOut(bare, { command: 'echo ran', tie })).toEqual(
      refused('None of flock, perl and python3 is in the PATH here, so the command cannot be tied to its run.\n'),
    );
  });

  test('talking: a limit ends the group on the host itself', async () => {
    const began = Date.now();
    const talk = begin(shell, talking({ ...plain, command: 'trap "" HUP; sleep 60; sleep 60', limit: 0.5 }));
    expect(await talk.ended).toBe(143);
    expect(Date.now() - began).toBeGreaterThan(1500);
  });
});

/** Everything that a build can do against being ended, short of calling setsid. */
const families = {
  'ignores HUP and TERM, and so do its children': `trap '' HUP TERM; sh -c 'echo $$ > child; while :; do sleep 1; done' & echo $$ > parent; while :; do sleep 1; done`,
  'obeys TERM, and its child does not': `sh -c 'trap "" HUP TERM; echo $$ > child; while :; do sleep 1; done' & echo $$ > parent; wait`,
  'has stopped all of itself': `sh -c 'echo $$ > child; while :; do sleep 1; done' & echo $$ > parent; until [ -s child ]; do sleep 0.1; done; kill -STOP 0`,
  'has stopped itself, ignoring TERM': `trap '' TERM; sh -c 'echo $$ > child; while :; do sleep 1; done' & echo $$ > parent; until [ -s child ]; do sleep 0.1; done; kill -STOP 0`,
};

const children = (pid: number): number[] =>
  spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter(Boolean)
    .map(Number);

describe.each(shells)('the group of a tied command in $name', (shell) => {
  const started = async (name: string, command: string) => {
    const directory = at(name);
    mkdirSync(directory);
    const running = begin(shell, wrapped({ ...plain, command, directory, tie }));
    const files = ['child', 'parent'].map((file) => join(directory, file));
    const said = () => files.map((file) => (existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0));
    await until(() => said().every((pid) => pid > 0), 5);
    const pids = said();
    const wrapper = running.child.pid ?? 0;
    const watcher = children(wrapper).find((pid) => !pids.includes(pid)) ?? 0;
    return { ...running, wrapper, watcher, pids, alive: () => pids.some(isRunning) };
  };
  const startAll = async () => {
    const all = await Promise.all(Object.entries(families).map(([name, command]) => started(name, command)));
    await new Promise((resolve) => setTimeout(resolve, 400)); // For the builds that stop themselves.
    expect(all.flatMap(({ pids }) => pids).every(isRunning)).toBe(true);
    return all;
  };
  const stubborn = () => started('stubborn', families['ignores HUP and TERM, and so do its children']);

  test.each(['input', 'run'])(
    'whatever it does is gone within 2 s of the end of its %s, then the work is free',
    async (what) => {
      const all = await startAll();
      const slow = slowness();
      if (what === 'run') await keeper.letGo();
      else for (const { child } of all) child.stdin.destroy();
      const anyAlive = () => all.some(({ alive }) => alive());
      expect(await until(() => !anyAlive() || isFree(tie.fence.work), 10)).toBeLessThan(2 * (await slow));
      expect(anyAlive()).toBe(false);
      await Promise.all(all.map(({ ended }) => ended));
      expect(isFree(tie.fence.work)).toBe(true);
    },
  );

  test.each(['input', 'run'])(
    'is gone when the wrapper is killed and its %s ends; the watcher holds the work',
    async (what) => {
      const { child, wrapper, alive, ended } = await stubborn();
      process.kill(wrapper, 'SIGKILL');
      await ended;
      expect([alive(), isFree(tie.fence.work)]).toEqual([true, false]);
      const slow = slowness();
      if (what === 'run') await keeper.letGo();
      else child.stdin.destroy();
      expect(await until(() => !alive() || isFree(tie.fence.work), 10)).toBeLessThan(2 * (await slow));
      expect(alive()).toBe(false);
      await until(() => isFree(tie.fence.work), 2);
    },
  );

  test('is gone when the watcher of its input is killed and the run ends', async () => {
    const { watcher, alive, ended } = await stubborn();
    process.kill(watcher, 'SIGKILL');
    expect([alive(), isFree(tie.fence.work)]).toEqual([true, false]);
    const slow = slowness();
    await keeper.letGo();
    expect(await until(() => !alive() || isFree(tie.fence.work), 10)).toBeLessThan(2 * (await slow));
    expect(alive()).toBe(false);
    await ended;
    await until(() => isFree(tie.fence.work), 2);
  });
});
