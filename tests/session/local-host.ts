import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import type { Host } from '../../src/model/host.ts';
import type { Session } from '../../src/model/session.ts';
import { createSession, type Surroundings } from '../../src/session/session.ts';
import { createLocalTransport } from '../../src/transport/index.ts';
import type { Connection } from '../../src/transport/transport.ts';

export const here: Host = { name: 'web1', address: '127.0.0.1', connection: 'local', groups: ['web'], vars: {} };

/** A session on this machine, with everything that a test does not name left at its simplest. */
export const sessionWith = (connection: Connection, more: Partial<Surroundings> = {}): Session =>
  createSession(here, {
    connection,
    user: undefined,
    path: [],
    variables: {},
    silence: 30,
    signal: new AbortController().signal,
    ...more,
  });

export const connected = (): Promise<Connection> => createLocalTransport().connect(here, new AbortController().signal);

/** The same connection, with what a login shell would do around each command. */
export const through = (connection: Connection, around: (command: string) => string): Connection => ({
  host: connection.host,
  lost: connection.lost,
  open: (command) => connection.open(around(command)),
  ahead: (command) => connection.ahead(around(command)),
  close: () => connection.close(),
});

/** The failure that a rejected verb carries. */
export const failureIn = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no failure',
    (thrown: unknown) => (thrown as { failure?: unknown }).failure ?? thrown,
  );

export const isRunning = (pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

/** Processes whose command line has this text. */
export const processesWith = (text: string): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(text);
      } catch {
        return false;
      }
    })
    .map(Number);

/** Waits until it is so, at most some seconds; says how long it took. */
export const until = async (isSo: () => boolean, seconds: number): Promise<number> => {
  const began = Date.now();
  while (!isSo()) {
    if (Date.now() - began > seconds * 1000) throw new Error(`Not so after ${seconds} s.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return (Date.now() - began) / 1000;
};

/**
 * How much longer everything takes here than on a machine with nothing else to do, at least 1: by the naps of a
 * watcher that ends a group. To be begun with what is measured, where a promise is about seconds.
 */
export const slowness = async (): Promise<number> => {
  const began = Date.now();
  const naps = spawn('sh', ['-c', 'for t in 0.05 0.1 0.15 0.2 0.3 0.4; do sleep $t; done'], { stdio: 'ignore' });
  await once(naps, 'exit');
  return Math.max(1, (Date.now() - began) / 1200);
};
