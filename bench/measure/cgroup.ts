import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const prefix = 'fabwright-bench-';

/** Where control groups of this process's own may be made; throws a sentence where they cannot. */
const home = (): string => {
  const mount = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, , type]) => type === 'cgroup2')?.[1];
  const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
  if (mount === undefined || own === undefined)
    throw new Error('CPU is counted by control groups, version 2, and none are mounted here.');
  return join(mount, own);
};

const mayRemove = (folder: string): boolean => {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
};

/**
 * Processes that are measured together: who is in it, and all that they start from then on, belong to it
 * for good, also those that detach themselves and those that have ended. Needs root.
 */
export class Cgroup {
  static #made = 0;
  static readonly #open = new Set<Cgroup>();
  readonly folder: string;

  constructor(name: string) {
    const parent = home();
    if (Cgroup.#made === 0) Cgroup.#begin(parent);
    Cgroup.#made += 1;
    this.folder = join(parent, `${prefix}${process.pid}-${Cgroup.#made}-${name}`);
    mkdirSync(this.folder);
    Cgroup.#open.add(this);
  }

  /** What a bench that was killed has left behind goes; our own goes in whatever way we end. */
  static #begin(parent: string): void {
    for (const name of readdirSync(parent)) {
      const pid = name.startsWith(prefix) ? name.slice(prefix.length).split('-')[0] : undefined;
      if (pid !== undefined && !existsSync(`/proc/${pid}`)) mayRemove(join(parent, name));
    }
    process.once('exit', () => {
      for (const each of Cgroup.#open) each.#end();
    });
  }

  /** Takes a running process in. One that has just ended is fine. */
  enter(pid: number): void {
    try {
      writeFileSync(join(this.folder, 'cgroup.procs'), String(pid));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** Program and words that run `program` inside, from its first instruction on. */
  around(program: string, words: readonly string[]): readonly [program: string, words: readonly string[]] {
    const line = 'echo $$ >"$0/cgroup.procs" && exec "$@"';
    return ['/bin/sh', ['-c', line, this.folder, program, ...words]];
  }

  pids(): readonly number[] {
    const text = readFileSync(join(this.folder, 'cgroup.procs'), 'utf8');
    return text.split('\n').filter(Boolean).map(Number);
  }

  /** CPU seconds, user and system, of all who are or were in it. */
  cpuSeconds(): number {
    const text = readFileSync(join(this.folder, 'cpu.stat'), 'utf8');
    return Number(/^usage_usec (\d+)$/m.exec(text)?.[1]) / 1e6;
  }

  /** Resolves when no more than `quiet` processes are left in it, or after `patience` seconds. */
  async settled(quiet: number, patience: number): Promise<void> {
    const end = Date.now() + patience * 1000;
    while (this.pids().length > quiet && Date.now() < end) await pause(10);
  }

  #kill(): void {
    writeFileSync(join(this.folder, 'cgroup.kill'), '1');
  }

  #end(): void {
    this.#kill();
    for (let tries = 0; tries < 200 && !mayRemove(this.folder); tries += 1)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    Cgroup.#open.delete(this);
  }

  /** Kills who is in it and waits until they are gone; what they used stays counted. */
  async empty(): Promise<void> {
    this.#kill();
    while (this.pids().length > 0) await pause(5);
  }

  /** Empties it and takes it away. */
  async remove(): Promise<void> {
    await this.empty();
    this.#end();
  }
}
