import { spawn, type ChildProcess } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { asLine, channelText, wrapped, type Wrapped } from '../../src/session/wrapper.ts';
import { environmentFor, type Shell } from '../shells.ts';

export const plain = { marker: 'fab 1234', path: [], variables: {} };

/** A command for the wrapper, less what every test has alike. */
export type What = Omit<Wrapped, 'marker' | 'path' | 'variables'> & Partial<Wrapped>;

/** The wrapper as it is, in one certain shell in place of the machine's own. */
export const begin = (shell: Shell, program: string) => {
  const inShell = (script: string): string => script.replaceAll('/bin/sh', shell.words.join(' '));
  // bash would read ~/.bashrc and its PATH: Node's pipes are sockets, which it takes for a remote login.
  const env = environmentFor(shell, { SHLVL: '2' });
  const child = spawn('/bin/sh', ['-c', inShell(channelText(undefined))], { env });
  child.stdin.on('error', () => undefined);
  child.stdin.write(asLine(inShell(program)));
  const ended = new Promise<number | string>((resolve) =>
    child.on('exit', (code, signal) => resolve(code ?? signal ?? 'nothing')),
  );
  return { child, ended, output: text(child.stdout), errors: text(child.stderr) };
};

export const carryOut = async (shell: Shell, what: What) => {
  const { ended, output, errors } = begin(shell, wrapped({ ...plain, ...what }));
  return { status: await ended, output: await output, errors: await errors };
};

/** A process that holds a lock file as a run's keeper does, until it is let go. */
export interface Holder {
  letGo(): Promise<void>;
}

export const hold = async (path: string): Promise<Holder> => {
  const child: ChildProcess = spawn('flock', ['-x', path, '-c', 'echo held; exec sleep 1000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  // Not `exit`: what flock runs has the lock, too, and may die a moment later; its output closes then.
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  return {
    letGo: async () => {
      if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid ?? 0), 'SIGKILL');
      await ended;
    },
  };
};
