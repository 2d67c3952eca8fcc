import { readdirSync, readFileSync } from 'node:fs';

const pids = (): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // It has ended meanwhile.
  }
};

/** Processes that this one has started and that still live. */
export const childrenOf = (parent: number): readonly number[] =>
  pids().filter((pid) => {
    const [state, ppid] = textOf(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
    return Number(ppid) === parent && state !== 'Z';
  });

/** What a child does for its controller: a keeper has the keeper's program on its command line. */
export const isKeeper = (pid: number): boolean => textOf(`/proc/${pid}/cmdline`).includes('prepare');

/** Processes that name a folder on their command line. */
export const namingFolder = (folder: string): readonly string[] =>
  pids()
    .filter((pid) => pid !== process.pid)
    .map((pid) => textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' '))
    .filter((line) => line.includes(folder));
