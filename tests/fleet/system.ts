import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import type { Answer } from './types.ts';

/** Where sshd, ip and mount live; an ordinary user's PATH often leaves these out. */
export const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const places = [...new Set(`${process.env['PATH'] ?? ''}:${systemPath}`.split(':'))].filter((place) => place !== '');

/** The full path of a program, or nothing. */
export const find = (program: string): string | undefined =>
  places.map((place) => `${place}/${program}`).find((file) => existsSync(file));
const found = (program: string): string => find(program) ?? program;

/** Runs a program to its end, blocking; throws with its own words unless it exits 0. */
export const must = (program: string, words: readonly string[], input = ''): string => {
  const { status, error, stdout, stderr } = spawnSync(found(program), words, { input, encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(
    `${program} ${words.join(' ')}: ${error?.message ?? (stderr.trim() || `exit ${status ?? 'by signal'}`)}`,
  );
};

/** The same, where failing is an answer, too. */
export const may = (program: string, words: readonly string[], input = ''): boolean =>
  spawnSync(found(program), words, { input, stdio: ['pipe', 'ignore', 'ignore'] }).status === 0;

export interface AskOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** Runs a program and tells how it went, whatever that is. */
export const ask = (program: string, words: readonly string[], options: AskOptions): Promise<Answer> =>
  new Promise((resolve) => {
    const child = execFile(found(program), words, { ...options, maxBuffer: 64 * 1024 * 1024 }, (_, stdout, stderr) => {
      const died = child.signalCode === null ? 127 : 128 + constants.signals[child.signalCode];
      resolve({ code: child.exitCode ?? died, stdout, stderr });
    });
    child.stdin?.end();
  });
