import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Running {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
}

const statusOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
};

/** Every living process of a user number, on whichever host of this machine it is. */
export const processesOf = (uid: number): readonly Running[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const status = statusOf(name);
      const isOurs = status.includes(`\nUid:\t${uid}\t`) && !/\nState:\t[ZX]/.test(status);
      const field = (key: string): string => new RegExp(`^${key}:\\t(.*)$`, 'm').exec(status)?.[1] ?? '';
      return isOurs ? [{ pid: Number(name), parent: Number(field('PPid')), name: field('Name') }] : [];
    });

/** What a run has left on its hosts. The server's own half of a connection does nothing by itself. */
export const leftoversOf = (uid: number): readonly Running[] =>
  processesOf(uid).filter(({ name }) => !name.startsWith('sshd'));

export const commandLineOf = ({ pid, name }: Running): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 120) || name;
  } catch {
    return name;
  }
};

/**
 * A shell that was started and told nothing before the link was cut: it waits for its first line as long
 * as its connection lives, and has no child, no lock and no work. Not to be mistaken for one at work,
 * which has the command's processes below it.
 */
export const isUntold = (one: Running, all: readonly Running[]): boolean =>
  commandLineOf(one).includes('IFS= read -r s&&eval') && !all.some(({ parent }) => parent === one.pid);

export const killAll = (processes: readonly Pick<Running, 'pid'>[]): void => {
  for (const { pid } of processes) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended in between.
    }
  }
};

/** Those of some lock files that somebody holds; one that does not exist is free. */
export const heldLocks = async (files: readonly string[]): Promise<readonly string[]> => {
  const probe = 'for f; do [ ! -e "$f" ] || flock -n "$f" true || printf "%s\\n" "$f"; done';
  const { stdout } = await run('sh', ['-c', probe, 'sh', ...files]);
  return stdout.split('\n').filter((line) => line !== '');
};

/** Runs a shell line on this machine; throws with its own words unless it exits 0. */
export const here = async (line: string, words: readonly string[] = []): Promise<string> =>
  (await run('sh', ['-c', line, 'sh', ...words])).stdout;
