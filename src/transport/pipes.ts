import { execFile } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';

const { O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants;

/** Three pipes for a command, and the ends of them that it gets. */
export interface Pipes {
  readonly input: Writable;
  readonly output: Readable;
  readonly errors: Readable;
  /** Descriptors for the command's 0, 1 and 2. */
  readonly theirs: readonly [number, number, number];
  /** Closes the command's ends here, once it has them. */
  handOver(): void;
}

/**
 * Makes pipes as sshd does. Node's own "pipes" to a child are sockets, which `>/dev/stderr` and
 * `</dev/stdin` cannot open, so that scripts would fail here that work on every real host.
 *
 * One difference is left: `</dev/stdin` opened only after our end was closed waits, where an unnamed
 * pipe would be at its end; Node has no unnamed ones.
 */
export const makePipes = async (): Promise<Pipes> => {
  const directory = mkdtempSync(join(tmpdir(), `fabwright-pipes-${process.pid}-`));
  try {
    const [input, output, errors] = ['0', '1', '2'].map((name) => join(directory, name)) as [string, string, string];
    await promisify(execFile)('mkfifo', ['-m', '600', input, output, errors]);
    const [theirInput, ourInput] = ends(input);
    const [ourOutput, theirOutput] = ends(output);
    const [ourErrors, theirErrors] = ends(errors);
    const theirs = [theirInput, theirOutput, theirErrors] as const;
    return {
      input: new Socket({ fd: ourInput, readable: false, writable: true }),
      output: new Socket({ fd: ourOutput, readable: true, writable: false }),
      errors: new Socket({ fd: ourErrors, readable: true, writable: false }),
      theirs,
      handOver: () => theirs.forEach((descriptor) => closeSync(descriptor)),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

/** Both ends of a named pipe. Each alone would block until the other is there, so both are held first. */
const ends = (file: string): readonly [read: number, write: number] => {
  const both = openSync(file, O_RDWR | O_NONBLOCK);
  const pair = [openSync(file, O_RDONLY), openSync(file, O_WRONLY)] as const;
  closeSync(both);
  return pair;
};
