import { spawn, type ChildProcess } from 'node:child_process';
import type { Ended } from './adapter.ts';

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export interface StartOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** A fourth descriptor, both ways: what it says, line by line. */
  readonly onLine?: (line: string) => void;
}

const lines = (take: (line: string) => void): ((text: string) => void) => {
  let rest = '';
  return (text) => {
    const all = (rest + text).split('\n');
    rest = all.pop() ?? '';
    all.forEach(take);
  };
};

/** Starts a controller and keeps what it says. */
export const startProcess = (program: string, words: readonly string[], options: StartOptions): Started => {
  const { env, cwd, onLine } = options;
  const began = Date.now();
  const child = spawn(program, words, { env, cwd, stdio: ['ignore', 'pipe', 'pipe', onLine ? 'pipe' : 'ignore'] });
  let text = '';
  const hear = (chunk: string): void => void (text += chunk);
  child.stdout?.setEncoding('utf8').on('data', hear);
  child.stderr?.setEncoding('utf8').on('data', hear);
  const extra = child.stdio[3] as NodeJS.ReadWriteStream | null;
  extra?.on('error', () => undefined);
  if (onLine !== undefined) extra?.setEncoding('utf8').on('data', lines(onLine));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal, text, seconds: (Date.now() - began) / 1000 }));
  });
  return { child, ended };
};
