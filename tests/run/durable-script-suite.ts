import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Command } from '../../src/model/command.ts';
import { readStepState, type StepState } from '../../src/model/durable-step.ts';
import {
  awaitStep,
  beginStep,
  cancelStep,
  followStep,
  lookAtStep,
  markTold,
  readBegun,
  type Beginning,
  type BeginWhen,
  type Begun,
} from '../../src/session/durable.ts';
import { environmentFor, runIn, shells, type Shell } from '../shells.ts';
import { isRunning, processesWith, until } from '../session/local-host.ts';
import { kill } from '../transport/sshd.ts';

const folder = mkdtempSync(join(tmpdir(), 'fab-durable-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A PATH on which only this program can lock. */
const pathWithOnly = (locker: string): string => {
  const path = join(folder, `only-${locker}`);
  mkdirSync(path);
  const tools = new Map(
    ['/bin', '/usr/bin'].flatMap((from) => readdirSync(from).map((name) => [name, join(from, name)])),
  );
  for (const [name, tool] of tools)
    if (name === locker || !['flock', 'perl', 'python3'].includes(name)) symlinkSync(tool, join(path, name));
  return path;
};

/** Every shell of this machine, and dash where only one program can lock. */
export const ways: readonly Shell[] = [
  ...shells,
  ...['perl', 'python3'].map((locker) => ({
    name: `dash with ${locker} alone`,
    words: ['/bin/dash'] as const,
    path: pathWithOnly(locker),
  })),
];

/** The ordinary suite takes the two most different shells and the usual stand-in for flock(1). */
export const isQuick = ({ name }: Shell): boolean => ['dash', 'busybox sh', 'dash with perl alone'].includes(name);

/** As in a shell within a shell: bash takes our sockets for rshd's and would read a person's .bashrc. */
const inner = { SHLVL: '2' };

const never: BeginWhen = { done: false, untold: false, lost: false };
let count = 0;
let directory = '';
/** What a test's steps wait for; made after each test, so that none is left. */
let gate = '';
beforeEach(() => {
  directory = join(folder, `it's ${(count += 1)}`);
  gate = join(folder, `gate-${count}`);
});
const openGate = (): void => writeFileSync(gate, '');
afterEach(openGate);
const untilOpen = (after = 'true'): string => `while [ ! -e ${gate} ]; do sleep 0.02; done; ${after}`;

/** The numbers of a process after its name: state, parent, group, session … */
const statOf = (pid: number): readonly string[] => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
};
const groupOf = (leader: number): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => statOf(pid)[2] === String(leader) && isRunning(pid));

/** What a durable step promises, in these shells. */
export const describeSteps = (some: readonly Shell[]): void =>
  describe.each(some)('a durable step in $name', (shell) => {
    const inShell = ({ text: script }: Command): string => script.replaceAll('/bin/sh', shell.words.join(' '));
    const ask = (command: Command, env: NodeJS.ProcessEnv = {}): string => {
      const { status, stdout, stderr } = runIn(shell, inShell(command), { ...inner, ...env });
      expect([status, stderr]).toEqual([0, '']);
      return stdout;
    };
    const begin = (command: string, more: Partial<Beginning> = {}, env: NodeJS.ProcessEnv = {}): Begun =>
      readBegun(
        ask(beginStep({ directory, command, shown: command, when: never, mark: `m${(count += 1)}`, ...more }), env),
      );
    const look = (): StepState => readStepState(ask(lookAtStep(directory)));
    const ended = (): StepState => readStepState(ask(awaitStep(directory, 20)));
    const cancelled = (): StepState => readStepState(ask(cancelStep(directory, 'ana@laptop', 0.3)));
    const started = (command: Command, cwd = folder) => {
      const [program, ...rest] = shell.words;
      const child = spawn(program, [...rest, '-c', inShell(command)], {
        cwd,
        env: environmentFor(shell, inner),
        detached: true,
      });
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
      const status = new Promise<number | null>((resolve) => child.on('close', resolve));
      return { pid: child.pid ?? NaN, status, said: () => said, errors: text(child.stderr) };
    };
    const following = () => started(followStep(directory, 'beat'));
    const follow = async ({ status, said, errors } = following()) => ({
      status: await status,
      output: said(),
      errors: await errors,
    });
    const session = (): number => Number(readFileSync(join(directory, 'session'), 'utf8').split(' ')[0]);
    const output = (): string => readFileSync(join(directory, 'output'), 'utf8');
    /** Kills the shells that watch over the step, without what they watch; a child of theirs may hold their lock a moment longer. */
    const killWrappers = async (): Promise<void> => {
      for (const pid of processesWith(directory).filter((each) => statOf(each)[3] !== String(session())))
        kill(pid, 'SIGKILL');
      await until(() => look().kind === 'lost', 5);
    };

    test('its output and its status are kept', async () => {
      expect(look()).toEqual({ kind: 'absent' });
      expect(begin('echo out; echo "$GREETING" >&2; exit 7', {}, { GREETING: 'hello' })).toEqual({ kind: 'started' });
      expect(await follow()).toEqual({ status: 3, output: 'out\nhello\n', errors: '' });
      expect(look()).toMatchObject({ kind: 'ended', status: 7, told: false });
      expect(readFileSync(join(directory, 'status'), 'utf8')).toHaveLength(128);
      expect(readdirSync(directory).sort()).toEqual(['cancel', 'command', 'lock', 'output', 'session', 'status']);
    });

    test('every byte once and in order, whenever one joins', async () => {
      const line = (index: number): string => `line ${index} ${'ü'.repeat(20)}\n`;
      const some = (from: number): string =>
        `i=${from}; while [ $i -lt ${from + 1000} ]; do echo "line $i ${'ü'.repeat(20)}"; i=$((i + 1)); done`;
      expect(begin(`${some(0)}; ${untilOpen(some(1000))}; printf end`)).toEqual({ kind: 'started' });
      const early = following();
      await until(() => early.said().endsWith(line(999)), 10);
      const late = following();
      await until(() => late.said().startsWith(line(0)), 10);
      openGate();
      const whole = `${Array.from({ length: 2000 }, (_, index) => line(index)).join('')}end`;
      for (const each of [early, late, following()])
        expect(await follow(each)).toEqual({ status: 0, output: whole, errors: '' });
    });

    test('it outlives who began it, and nothing of who follows it is left', async () => {
      expect(begin(`echo one; ${untilOpen('echo two')}`)).toEqual({ kind: 'started' });
      const { pid, status, said } = following();
      await until(() => said() === 'one\n', 10);
      process.kill(-pid, 'SIGTERM'); // As the session's own wrapper does.
      await status;
      await until(() => groupOf(pid).length === 0, 1);
      expect(look().kind).toBe('running');
      openGate();
      expect(await follow()).toEqual({ status: 0, output: 'one\ntwo\n', errors: '' });
      await until(() => processesWith(directory).length === 0, 5);
    });

    test('begun again only as was asked for', () => {
      const again = (when: Partial<BeginWhen> = {}) => begin('echo x; exit 4', { when: { ...never, ...when } });
      expect(again()).toEqual({ kind: 'started' });
      expect(ended()).toMatchObject({ status: 4, told: false });
      expect(again()).toMatchObject({ kind: 'found', state: { kind: 'ended', status: 4, told: false } });
      ask(markTold(directory));
      expect(look()).toMatchObject({ kind: 'ended', status: 4, told: true });
      expect(again()).toEqual({ kind: 'started' });
      expect(ended()).toMatchObject({ status: 4, told: false });
      expect(again({ untold: true })).toEqual({ kind: 'started' });
      ended();
      expect(begin('true')).toEqual({ kind: 'started' }); // Another command has not been done.
      expect(ended()).toMatchObject({ status: 0 });
      expect(begin('true')).toMatchObject({ kind: 'found', state: { kind: 'ended', status: 0 } });
      ask(markTold(directory));
      expect(look()).toMatchObject({ status: 0, told: false });
      expect(begin('true', { when: { ...never, done: true } })).toEqual({ kind: 'started' });
    });

    test('a running one is found; another command is told from it', () => {
      const command = untilOpen();
      expect(begin(command)).toEqual({ kind: 'started' });
      expect(begin(command, { when: { done: true, untold: true, lost: true } })).toMatchObject({
        kind: 'found',
        state: { kind: 'running' },
      });
      expect(begin('sleep 2')).toMatchObject({ kind: 'other' });
      openGate();
      expect(ended()).toMatchObject({ kind: 'ended', status: 0 });
    });

    test('of four that begin at once one does', async () => {
      const command = `echo x >> ${gate}-ran; ${untilOpen()}`;
      const all = ['a', 'b', 'c', 'd'].map((mark) =>
        follow(started(beginStep({ directory, command, shown: command, when: never, mark }))),
      );
      const answers = (await Promise.all(all)).map(({ output: said, errors }) => [readBegun(said).kind, errors]);
      expect(answers.sort()).toEqual([
        ['found', ''],
        ['found', ''],
        ['found', ''],
        ['started', ''],
      ]);
      openGate();
      expect(ended()).toMatchObject({ kind: 'ended', status: 0 });
      expect(readFileSync(`${gate}-ran`, 'utf8')).toBe('x\n');
    });

    test('waiting ends with it, or after its time', async () => {
      begin(untilOpen());
      const began = Date.now();
      expect(readStepState(ask(awaitStep(directory, 1)))).toMatchObject({ kind: 'running' });
      expect(Date.now() - began).toBeGreaterThan(900);
      const waiting = started(awaitStep(directory, 600));
      openGate();
      await waiting.status;
      expect(readStepState(waiting.said())).toMatchObject({ kind: 'ended', status: 0 });
    });

    test('lost: the wrapper is killed; what still runs is named, then it is gone', async () => {
      const command = untilOpen();
      const again = (more: Partial<BeginWhen> = {}) => begin(command, { when: { ...never, ...more } });
      begin(command);
      await killWrappers();
      expect(look()).toMatchObject({ kind: 'lost', pids: expect.arrayContaining([session()]) });
      expect(again({ lost: true })).toMatchObject({ kind: 'found', state: { kind: 'lost' } });
      openGate();
      await until(() => !isRunning(session()), 5);
      expect(look()).toMatchObject({ kind: 'lost', pids: [] });
      expect(await follow()).toMatchObject({ status: 3 });
      expect(again()).toMatchObject({ kind: 'found', state: { kind: 'lost', pids: [] } });
      expect(again({ lost: true })).toEqual({ kind: 'started' });
      expect(ended()).toMatchObject({ kind: 'ended', status: 0 });
    });

    test('lost: another life of the machine has other processes under its numbers', async () => {
      begin(untilOpen());
      await killWrappers();
      const file = join(directory, 'session');
      const [pid = '', start = '', life = ''] = readFileSync(file, 'utf8').trim().split(' ');
      writeFileSync(file, `${pid} ${start} ${life}1\n`);
      expect(look()).toMatchObject({ kind: 'lost', pids: [] });
      writeFileSync(file, `${pid} ${Number(start) - 1} ${life}\n`);
      expect(look()).toMatchObject({ kind: 'lost', pids: [] });
      writeFileSync(file, `${pid} ${start} ${life}\n`);
      expect(look()).toMatchObject({ kind: 'lost', pids: expect.arrayContaining([Number(pid)]) });
    });

    test('cancelling ends the whole group, also what ignores TERM, and says who did it', async () => {
      begin(`sh -c 'trap "" TERM; echo $$; ${untilOpen()}' & wait`);
      await until(() => output().endsWith('\n'), 5);
      const stubborn = Number(output());
      expect(isRunning(stubborn)).toBe(true);
      expect(cancelled()).toMatchObject({ kind: 'cancelled', by: 'ana@laptop' });
      expect(isRunning(stubborn)).toBe(false);
      expect(await follow()).toMatchObject({ status: 3 });
      expect(begin('true')).toEqual({ kind: 'started' });
      expect(ended()).toMatchObject({ status: 0 });
    });

    test('a stopped one and a lost one can be cancelled, too', async () => {
      begin(untilOpen());
      const first = session();
      process.kill(-first, 'SIGSTOP');
      expect(cancelled()).toMatchObject({ kind: 'cancelled', by: 'ana@laptop' });
      begin(untilOpen());
      expect(session()).not.toBe(first);
      await killWrappers();
      expect(cancelled()).toMatchObject({ kind: 'cancelled', by: 'ana@laptop' });
      expect(groupOf(session())).toEqual([]);
    });

    test('what it leaves in its group holds the lock, but not the step; a daemon holds neither', async () => {
      const inode = (file: string): string =>
        spawnSync('stat', ['-c', '%i', join(directory, file)], { encoding: 'utf8' }).stdout.trim();
      const held = (file: string): boolean =>
        readFileSync('/proc/locks', 'utf8')
          .split('\n')
          .some((line) => line.includes('FLOCK') && line.includes(`:${inode(file)} `) && !line.includes('->'));
      begin(`(${untilOpen()}) & setsid sh -c '${untilOpen(': daemon')}' & echo $!`);
      expect(await follow()).toMatchObject({ status: 0 });
      const daemon = Number(output());
      expect([held('status'), held('lock')]).toEqual([false, true]);
      const busy = begin('true');
      expect(busy.kind === 'busy' && busy.pids.some(isRunning)).toBe(true);
      expect(cancelled()).toMatchObject({ kind: 'ended', status: 0 });
      await until(() => !held('lock'), 5);
      expect(isRunning(daemon)).toBe(true);
      expect(begin('true')).toEqual({ kind: 'started' });
    });

    test('no secret is on the disk or in a process list', async () => {
      const secret = `hush-${process.pid}-${Date.now()}`;
      begin(untilOpen('echo "${#TOKEN}"'), { shown: 'shown' }, { TOKEN: secret });
      expect(processesWith(secret)).toEqual([]);
      expect(readFileSync(join(directory, 'command'), 'utf8')).toBe('shown\n');
      openGate();
      expect(await follow()).toMatchObject({ output: `${secret.length}\n` });
      for (const file of readdirSync(directory))
        expect(readFileSync(join(directory, file), 'utf8')).not.toContain(secret);
    });
  });
