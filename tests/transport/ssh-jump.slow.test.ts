import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../../src/model/host.ts';
import { createSshTransport } from '../../src/transport/ssh.ts';
import { behavesLikeATransport, failure, say } from './common.ts';
import { freePort, kill, startSshd, type Sshd } from './sshd.ts';

let bastion: Sshd;
let second: Sshd;
let target: Sshd;

beforeAll(async () => {
  bastion = await startSshd({ name: 'bastion' });
  second = await startSshd({ name: 'second' });
  target = await startSshd({ name: 'web1' });
});
afterAll(async () => {
  await Promise.all([bastion.stop(), second.stop(), target.stop()]);
});

const never = new AbortController().signal;

/** Every hop has its own port, key and host key; `jump` is web1's ProxyJump. */
const transport = (jump: string, more: { without?: Sshd; lines?: readonly string[] } = {}) => {
  const pinned = join(target.folder, 'all_known_hosts');
  const known = [bastion, second, target].filter((sshd) => sshd !== more.without);
  writeFileSync(pinned, known.map(({ knownHosts }) => readFileSync(knownHosts, 'utf8')).join(''));
  const config = join(target.folder, 'jump_config');
  const section = (name: string, { port, key }: Sshd): readonly string[] => [
    `Host ${name}`,
    'HostName 127.0.0.1',
    `Port ${port}`,
    `IdentityFile ${key}`,
    'User root',
  ];
  writeFileSync(
    config,
    [
      'IdentitiesOnly yes',
      'UserKnownHostsFile /dev/null',
      ...section('bastion', bastion),
      ...(more.lines ?? []),
      ...section('second', second),
      ...section('web*', target),
      `ProxyJump ${jump}`,
      '',
    ].join('\n'),
  );
  return createSshTransport({
    knownHostsFiles: { pinned, user: false },
    environmentName: 'staging',
    configFile: config,
  });
};

const web = (name: string): Host => ({ name, address: name, connection: 'ssh', groups: [], vars: {} });

const connections = (sshd: Sshd): number => (sshd.log().match(/Accepted publickey/g) ?? []).length;

behavesLikeATransport('ssh through a jump host', () => transport('bastion').connect(web('web1'), never));

test('one connection to the jump host serves many hosts, and ends with the last', async () => {
  const before = connections(bastion);
  const reaching = transport('bastion');
  const all = await Promise.all(Array.from({ length: 12 }, (_, index) => reaching.connect(web(`web${index}`), never)));
  expect((await Promise.all(all.map((one) => say(one, 'echo in')))).map(({ output }) => output)).toEqual(
    Array(12).fill('in\n'),
  );
  expect(connections(bastion) - before).toBe(1);
  await Promise.all(all.slice(1).map((one) => one.close()));
  expect((await say(all[0]!, 'echo still')).output).toBe('still\n');
  await all[0]!.close();
  await until(() => /Disconnected|Connection closed/.test(bastion.log().split('Accepted publickey').at(-1)!));
  const again = await reaching.connect(web('web1'), never);
  expect(connections(bastion) - before).toBe(2);
  await again.close();
});

test('two hops, each with its own configuration', async () => {
  const before = connections(second);
  const connection = await transport('bastion,second').connect(web('web1'), never);
  expect((await say(connection, 'echo $SSH_CONNECTION')).output).toContain(` ${target.port}`);
  expect(connections(second) - before).toBe(1);
  await connection.close();
});

test('a jump host’s own jump host is followed; one that names itself is passed over', async () => {
  const before = connections(second);
  const behind = await transport('bastion', { lines: ['ProxyJump second'] }).connect(web('web1'), never);
  expect((await say(behind, 'echo in')).output).toBe('in\n');
  expect(connections(second) - before).toBe(1);
  await behind.close();
  const own = await transport('bastion', { lines: ['ProxyJump bastion'] }).connect(web('web1'), never);
  expect((await say(own, 'echo in')).output).toBe('in\n');
  await own.close();
});

test('the inventory may name the jump host', async () => {
  const connection = await transport('none').connect({ ...web('web1'), sshArguments: ['-J', 'bastion'] }, never);
  expect((await say(connection, 'echo in')).output).toBe('in\n');
  await connection.close();
});

test('an unknown key of a jump host is refused', async () => {
  const error = await failure(transport('bastion', { without: bastion }).connect(web('web1'), never));
  expect(error).toMatchObject({ name: 'ConnectionFailed', reason: 'host-key' });
  expect(error.message).toContain(`bastion (127.0.0.1:${bastion.port})`);
});

test('an unknown key behind a jump host is refused, and a scan through it finds the key', async () => {
  const reaching = transport('bastion', { without: target });
  const error = await failure(reaching.connect(web('web1'), never));
  expect(error).toMatchObject({
    name: 'ConnectionFailed',
    reason: 'host-key',
    message: expect.stringContaining('web1 (127'),
  });
  const { keys } = await reaching.scanHostKeys(web('web1'), never);
  expect(keys.map(({ type, key }) => `${type} ${key}`)).toEqual([target.publicKey('ed25519')]);
});

test('a host that the jump host cannot reach', async () => {
  const port = await freePort();
  const error = await failure(transport('bastion').connect({ ...web('web1'), port }, never));
  expect(error).toMatchObject({ name: 'ConnectionFailed', reason: 'refused' });
  expect(error.message).toBe(`The jump host bastion cannot reach web1 (127.0.0.1:${port}): Connection refused.`);
});

test('the death of the jump host loses the hosts behind it', async () => {
  const before = new Set(bastion.sessions());
  const connection = await transport('bastion').connect(web('web1'), never);
  const channel = await connection.open('sleep 2');
  const ended = failure(channel.ended);
  for (const id of bastion.sessions()) if (!before.has(id)) kill(id, 'SIGKILL');
  expect(await ended).toMatchObject({ name: 'ConnectionLost' });
  expect(await connection.lost).toMatchObject({ name: 'ConnectionLost' });
  await connection.close();
});

test('one host’s cancelling does not cancel the others behind the jump host', async () => {
  const reaching = transport('bastion');
  const controller = new AbortController();
  const failing = failure(reaching.connect(web('web1'), controller.signal));
  const other = reaching.connect(web('web2'), never);
  setTimeout(() => controller.abort(), 5);
  expect(await failing).toMatchObject({ reason: 'cancelled' });
  const connection = await other;
  expect((await say(connection, 'echo in')).output).toBe('in\n');
  await connection.close();
});

const until = async (condition: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 100 && !condition(); tries += 1) await new Promise((done) => setTimeout(done, 20));
  expect(condition()).toBe(true);
};
