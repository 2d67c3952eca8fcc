import type { Server } from 'node:net';
import { createSshHost, type SshHostOptions } from '../../../src/demo/ssh-host.ts';

/** What one host has seen since it is up. */
export interface Tally {
  connections: number;
  logins: number;
  commands: number;
}

/** What a demo host tells of itself, and what it counts for. */
const counted: readonly (readonly [RegExp, keyof Tally])[] = [
  [/^connection \d+ opened /, 'connections'],
  [/^connection \d+ accepted$/, 'logins'],
  [/^connection \d+ command /, 'commands'],
];

/**
 * Speaks SSH for one host as a demo host does, and counts. A sshd of its own passes the last output on within a moment; a
 * process that starts commands for a hundred hosts takes seconds for that, so the status waits for it.
 */
export const createSimulatedHost = (options: Omit<SshHostOptions, 'log'>, tally: Tally): Server =>
  createSshHost({
    ...options,
    outputPatience: 60_000,
    log: (event) => {
      for (const [pattern, what] of counted) if (pattern.test(event)) tally[what] += 1;
    },
  });
