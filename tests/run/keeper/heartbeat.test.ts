import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startKeeper, type Keeper } from '../../../src/run/keeper/keeper.ts';
import type { Connection } from '../../../src/transport/transport.ts';
import { createLocalTransport } from '../../../src/transport/index.ts';

/** Seconds. */
const lease = 2;

let root = '';
let connection: Connection;
let keeper: Keeper;

/** The keeper's own process: the one that was started with its program and this root. */
const pidOfKeeper = (): number => {
  const found = readdirSync('/proc').find((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').includes(root);
    } catch {
      return false;
    }
  });
  return Number(found ?? NaN);
};

beforeEach(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'fab-heartbeat-')));
  const host = { name: 'web1', address: '127.0.0.1', connection: 'local', groups: [], vars: {} } as const;
  connection = await createLocalTransport().connect(host, new AbortController().signal);
  const survey = { host: 'web1', root, tools: { perl: '5' } };
  keeper = await startKeeper({ connection, survey, sudoUser: undefined, path: [], lease });
});
afterEach(async () => {
  await connection.close();
  rmSync(root, { recursive: true, force: true });
});

const isGone = (): Promise<string> => keeper.gone.then(() => 'gone');

test('a keeper that is asked nothing lives as long as its heartbeats are answered', async () => {
  expect(await Promise.race([isGone(), pause(lease * 3000, 'lives', { ref: false })])).toBe('lives');
  expect(await keeper.ask('look')).toMatchObject({ ok: true, text: 'absent' });
  await keeper.end();
});

test('one that answers none for the length of the lease counts as gone, and what it was asked is lost', async () => {
  const pid = pidOfKeeper();
  process.kill(pid, 'SIGSTOP');
  try {
    const asked = keeper.ask('look').catch((thrown: unknown) => (thrown as Error).message);
    expect(await Promise.race([isGone(), pause(5000, 'still waited for', { ref: false })])).toBe('gone');
    expect(await asked).toBe(`it did not answer for ${lease} seconds`);
  } finally {
    process.kill(pid, 'SIGKILL');
  }
});

test('one that does not begin is not waited for: sudo may ask a directory that does not answer', async () => {
  const bin = join(root, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'perl'), '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
  const survey = { host: 'web1', root, tools: { perl: '5' } };
  const begun = startKeeper({ connection, survey, sudoUser: undefined, path: [bin], lease, beginsWithin: 1 });
  await expect(begun).rejects.toThrow('it did not begin within 1 seconds');
  await keeper.end();
});
