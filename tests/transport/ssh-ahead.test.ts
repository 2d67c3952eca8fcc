import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { createSshTransport } from '../../src/transport/ssh.ts';
import type { Channel, Connection } from '../../src/transport/transport.ts';
import { failure, finish, timed } from './common.ts';
import { kill, startSshd, type Sshd } from './sshd.ts';

// A channel that is opened before its command is there. `line` is what a session sends: it reads what it is to do.

const line = `exec /bin/sh -c 'read -r s && eval "$s"'`;
/** As another user's would be: a line of its own. */
const otherLine = `true; ${line}`;

let sshd: Sshd;
let narrow: Sshd;

beforeAll(async () => {
  sshd = await startSshd();
  narrow = await startSshd({ settings: ['MaxSessions 2'] });
});
afterAll(async () => {
  await sshd.stop();
  await narrow.stop();
});

const connected = ({ knownHosts, config, host }: Sshd = sshd): Promise<Connection> =>
  createSshTransport({ knownHostsFiles: { pinned: knownHosts, user: false }, configFile: config }).connect(
    host,
    new AbortController().signal,
  );

const sessions = (server: Sshd): number => server.log().match(/Starting session: /g)?.length ?? 0;

const told = async (channel: Channel, command: string): Promise<string> => {
  channel.input.write(`${command}\n`);
  const { ending, output } = await finish(channel);
  expect(ending).toEqual({ kind: 'exit', code: 0 });
  return output;
};

const commandOf = (id: number): string => {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8');
  } catch {
    return ''; // It has ended.
  }
};

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await pause(20);
};

test('is taken by the next command of its line, and costs no session more', async () => {
  const connection = await connected();
  const before = sessions(sshd);
  connection.ahead(line);
  connection.ahead(line);
  await until(() => sessions(sshd) > before);
  expect(await told(await connection.open(line), 'echo one')).toBe('one\n');
  expect(sessions(sshd) - before).toBe(1);
  expect(await told(await connection.open(line), 'echo two')).toBe('two\n');
  expect(sessions(sshd) - before).toBe(2);
  await connection.close();
});

test('is closed when another line comes first', async () => {
  const connection = await connected();
  const before = new Set(sshd.sessions());
  const started = sessions(sshd);
  connection.ahead(line);
  await until(() => sessions(sshd) > started);
  expect(await told(await connection.open(otherLine), 'echo other')).toBe('other\n');
  // Whatever the other one has changed holds for the next.
  expect(await told(await connection.open(line), 'echo anew')).toBe('anew\n');
  expect(sessions(sshd) - started).toBe(3);
  await connection.close();
  await until(() => sshd.sessions().every((id) => before.has(id)));
});

test('is not taken once it has ended by itself, though its output is held open', async () => {
  const connection = await connected();
  const known = new Set(sshd.sessions());
  // As a login file would that starts a daemon.
  const noisy = `sleep 30 & ${line}`;
  connection.ahead(noisy);
  const fresh = () => sshd.sessions().filter((id) => !known.has(id));
  const waiting = () => fresh().filter((id) => commandOf(id).startsWith('/bin/sh\0-c\0read -r s'));
  await until(() => waiting().length === 1);
  const ended = waiting();
  for (const id of ended) kill(id, 'SIGKILL');
  await until(() => ended.every((id) => !existsSync(`/proc/${id}`))); // Now the server knows, and says so at once.
  await pause(500);
  expect(await told(await connection.open(noisy), 'echo alive')).toBe('alive\n');
  await connection.close();
  for (const id of fresh()) kill(id, 'SIGKILL');
});

test('gives way where the server has no place (MaxSessions 2)', async () => {
  const connection = await connected(narrow);
  const held = await connection.open(line);
  const before = sessions(narrow);
  connection.ahead(line);
  await until(() => sessions(narrow) > before);
  const [milliseconds, said] = await timed(async () => told(await connection.open(otherLine), 'echo in'));
  expect(said).toBe('in\n');
  expect(milliseconds).toBeLessThan(5000);
  expect(await told(held, 'echo held')).toBe('held\n');
  await connection.close();
});

test('is forgotten with the connection', async () => {
  const connection = await connected();
  connection.ahead(line);
  await connection.close();
  connection.ahead(line);
  expect(await failure(connection.open(line))).toMatchObject({ name: 'ConnectionLost' });
});
