import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** One process and no other: a number alone may belong to somebody else by now. */
export interface ProcessId {
  readonly pid: number;
  /** When it began, in clock ticks since boot. */
  readonly began: string;
}

interface Status {
  readonly state: string;
  readonly parent: number;
  readonly began: string;
}

const readOr = <Other>(file: string, other: Other): string | Other => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return other;
  }
};

/** /proc/<pid>/stat; the name in the middle may hold spaces and brackets. */
const status = (pid: number): Status | undefined => {
  const text = readOr(`/proc/${pid}/stat`, undefined);
  if (text === undefined) return undefined;
  const [state = '', parent = '', ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state, parent: Number(parent), began: rest[17] ?? '' };
};

/** The process that has this number now. */
export const identify = (pid: number): ProcessId | undefined => {
  const now = status(pid);
  return now === undefined ? undefined : { pid, began: now.began };
};

export const thisProcess = (): ProcessId => identify(process.pid) ?? { pid: process.pid, began: '' };

export const isAlive = ({ pid, began }: ProcessId): boolean => {
  const now = status(pid);
  return now !== undefined && now.began === began && now.state !== 'Z' && now.state !== 'X';
};

/** Sends a signal; a process that is gone is fine. */
export const signal = (processes: readonly ProcessId[], name: NodeJS.Signals): void => {
  for (const one of processes.filter(isAlive)) {
    try {
      process.kill(one.pid, name);
    } catch {
      // It ended in between.
    }
  }
};

/** Blocks this thread: the ways out of a process have no time for promises. */
const nap = (milliseconds: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
};

/** Kills, and returns when all of them are gone. */
export const end = (processes: readonly ProcessId[]): void => {
  signal(processes, 'SIGKILL');
  for (let waited = 0; processes.some(isAlive); waited += 2) {
    if (waited > 10_000) throw new Error(`still running after SIGKILL: ${processes.map(({ pid }) => pid).join(' ')}`);
    nap(2);
  }
};

const everyProcess = (): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** `roots` and everything they started that still has one of them as an ancestor. */
export const familyOf = (roots: readonly ProcessId[]): readonly ProcessId[] => {
  const children = new Map<number, number[]>();
  for (const pid of everyProcess()) {
    const parent = status(pid)?.parent;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const within = (pid: number): readonly number[] => [pid, ...(children.get(pid) ?? []).flatMap(within)];
  return roots.filter(isAlive).flatMap(({ pid }) => within(pid).flatMap((each) => identify(each) ?? []));
};

/** Every process of ours whose environment holds one of `entries` (`NAME=value`) exactly, daemons included. */
export const withEnvironment = (entries: ReadonlySet<string>): readonly ProcessId[] =>
  everyProcess()
    .filter((pid) =>
      readOr(`/proc/${pid}/environ`, '')
        .split('\0')
        .some((entry) => entries.has(entry)),
    )
    .flatMap((pid) => identify(pid) ?? [])
    .filter(isAlive);

/** The name the kernel has for it, 15 letters at most. */
export const programOf = ({ pid }: ProcessId): string => readOr(`/proc/${pid}/comm`, '').trim();

/** Asks every few milliseconds until `answer` has one; `failed` makes the error when it takes too long. */
export const until = async <T>(answer: () => T | undefined, failed: () => string, within = 15_000): Promise<T> => {
  for (const began = Date.now(); ; await sleep(4)) {
    const found = answer();
    if (found !== undefined) return found;
    if (Date.now() - began > within) throw new Error(failed());
  }
};
