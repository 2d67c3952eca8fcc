import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { createInterface, type Interface } from 'node:readline';
import { environmentFor, type Shell } from '../../shells.ts';
import { perlReader, shellReader } from './programs.ts';

/** What a reader saw until it was stopped. */
export interface Seen {
  readonly reads: number;
  readonly missing: number;
  readonly dangling: number;
  readonly mixed: number;
}

export const violations = ({ missing, dangling, mixed }: Seen): number => missing + dangling + mixed;

export const sumOf = (all: readonly Seen[]): Seen => {
  const sum = (pick: (seen: Seen) => number): number => all.reduce((total, seen) => total + pick(seen), 0);
  return {
    reads: sum(({ reads }) => reads),
    missing: sum(({ missing }) => missing),
    dangling: sum(({ dangling }) => dangling),
    mixed: sum(({ mixed }) => mixed),
  };
};

/** A process on a host that looks at what is live as fast as it can. Something must be live when it starts. */
export class Reader {
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout! });
  }

  /** In perl, or in a shell for a host that has nothing else. */
  static async on(root: string, shell?: Shell): Promise<Reader> {
    const reader = new Reader(
      shell === undefined
        ? spawn('perl', ['-e', perlReader, root], { stdio: ['ignore', 'pipe', 'inherit'] })
        : spawn(shell.words[0], [...shell.words.slice(1), '-c', shellReader, 'reader', root], {
            stdio: ['ignore', 'pipe', 'inherit'],
            env: environmentFor(shell),
          }),
    );
    // It takes what the publisher leaves: the cores of a small machine are for both.
    setPriority(reader.#child.pid ?? 0, 10);
    await once(reader.#lines, 'line');
    return reader;
  }

  /** The directory that it is in: what a survey of the host would call in use. */
  get directory(): string {
    return readlinkSync(`/proc/${this.#child.pid ?? 0}/cwd`);
  }

  async stop(): Promise<Seen> {
    const said = once(this.#lines, 'line') as Promise<[string]>;
    this.#child.kill('SIGTERM');
    const [line] = await said;
    return JSON.parse(line) as Seen;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
