import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSshTransport } from '../../src/transport/ssh.ts';
import type { SshOptions } from '../../src/transport/ssh-route.ts';
import { failure, say } from './common.ts';
import { makeKey, startAgent, startSshd, type Sshd } from './sshd.ts';

let sshd: Sshd;
let agent: { socket: string; stop: () => void };
/** A key that may log in, has a passphrase, and is in the agent, after six that may not. */
let locked: string;

beforeAll(async () => {
  sshd = await startSshd();
  locked = join(sshd.folder, 'locked');
  makeKey(locked, 'ed25519');
  appendFileSync(join(sshd.folder, 'authorized_keys'), readFileSync(`${locked}.pub`));
  const strangers = [1, 2, 3, 4, 5, 6].map((count) => join(sshd.folder, `stranger${count}`));
  for (const key of strangers) makeKey(key, 'ed25519');
  agent = await startAgent(sshd.folder, [...strangers, locked]);
  execFileSync('ssh-keygen', ['-q', '-p', '-N', 'secret', '-f', locked]);
});
afterAll(async () => {
  agent.stop();
  await sshd.stop();
});

const usual = process.env['SSH_AUTH_SOCK'];
afterEach(() => {
  if (usual === undefined) delete process.env['SSH_AUTH_SOCK'];
  else process.env['SSH_AUTH_SOCK'] = usual;
});

const connecting = (lines: readonly string[], more: Partial<SshOptions> = {}) => {
  const config = join(sshd.folder, 'agent_config');
  writeFileSync(config, [...lines, ''].join('\n'));
  return createSshTransport({
    knownHostsFiles: { pinned: sshd.knownHosts, user: false },
    configFile: config,
    ...more,
  }).connect(sshd.host, new AbortController().signal);
};

test('a locked key file is used through the agent, before the agent’s other keys', async () => {
  process.env['SSH_AUTH_SOCK'] = agent.socket;
  const connection = await connecting([`IdentityFile ${locked}`]);
  expect((await say(connection, 'echo in')).output).toBe('in\n');
  await connection.close();
});

test('so is a key of which only the public half is here', async () => {
  process.env['SSH_AUTH_SOCK'] = agent.socket;
  const connection = await connecting([`IdentityFile ${locked}.pub`, 'IdentitiesOnly yes']);
  expect((await say(connection, 'echo in')).output).toBe('in\n');
  await connection.close();
});

test('too many keys in the agent end in a sentence that says what to do', async () => {
  const error = await failure(connecting([`IdentityAgent ${agent.socket}`, `IdentityFile ${sshd.folder}/nowhere`]));
  expect(error).toMatchObject({ name: 'ConnectionFailed', reason: 'auth' });
  expect(error.message).toContain('it was offered');
  expect(error.hint).toMatch(/too many keys/);
});

test('IdentitiesOnly keeps the agent’s other keys at home', async () => {
  const error = await failure(
    connecting([`IdentityAgent ${agent.socket}`, `IdentityFile ${sshd.folder}/stranger1`, 'IdentitiesOnly yes']),
  );
  expect(error.message).toContain(`was refused: it was offered ${sshd.folder}/stranger1.`);
});

test('an agent that does not answer is named, and does not keep a key file from working', async () => {
  const connection = await connecting(['IdentityAgent /nowhere/agent', `IdentityFile ${sshd.key}`]);
  await connection.close();
  const error = await failure(connecting(['IdentityAgent /nowhere/agent', `IdentityFile ${locked}`]));
  expect(error.message).toContain(`${locked} has a passphrase and is in no agent.`);
  expect(error.message).toContain('The ssh agent at /nowhere/agent does not answer.');
});

test('the agent is lent to the host only when asked for', async () => {
  process.env['SSH_AUTH_SOCK'] = agent.socket;
  const login = [`IdentityFile ${sshd.key}`, 'ForwardAgent yes'];
  const plain = await connecting(login);
  expect((await say(plain, 'echo "[$SSH_AUTH_SOCK]"')).output).toBe('[]\n');
  await plain.close();
  const lending = await connecting(login, { forwardAgent: true });
  const ours = spawnSync('ssh-add', ['-l'], { env: { ...process.env, SSH_AUTH_SOCK: agent.socket }, encoding: 'utf8' });
  const theirs = await Promise.all([1, 2, 3].map(() => say(lending, 'ssh-add -l')));
  for (const { output } of theirs) expect(output).toBe(ours.stdout);
  expect(ours.stdout.trim().split('\n')).toHaveLength(7);
  await lending.close();
});

test('a host that takes no agent runs the command without it', async () => {
  const strict = await startSshd({ settings: ['AllowAgentForwarding no'] });
  process.env['SSH_AUTH_SOCK'] = agent.socket;
  const connection = await createSshTransport({
    knownHostsFiles: { pinned: strict.knownHosts, user: false },
    configFile: strict.config,
    forwardAgent: true,
  }).connect(strict.host, new AbortController().signal);
  const said = await Promise.all([1, 2, 3].map(() => say(connection, 'echo "[$SSH_AUTH_SOCK]"')));
  expect(said.map(({ output }) => output)).toEqual(['[]\n', '[]\n', '[]\n']);
  await connection.close();
  await strict.stop();
});

test('no agent to lend is no obstacle', async () => {
  const connection = await connecting([`IdentityFile ${sshd.key}`, 'IdentityAgent none'], { forwardAgent: true });
  expect((await say(connection, 'echo in')).output).toBe('in\n');
  await connection.close();
});

test('a security key is named as what it is', async () => {
  const file = join(sshd.folder, 'security_key');
  // The shape of a FIDO key file (PROTOCOL.u2f), made by hand: there is no such device here.
  const text = (words: string): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(words.length);
    return Buffer.concat([length, Buffer.from(words, 'latin1')]);
  };
  const blob = Buffer.concat([text('sk-ssh-ed25519@openssh.com'), text('x'.repeat(32)), text('ssh:')]);
  const one = Buffer.from([0, 0, 0, 1]);
  const body = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    text('none'),
    text('none'),
    text(''),
    one,
    text(blob.toString('latin1')),
    text('x'.repeat(64)),
  ]).toString('base64');
  writeFileSync(file, `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----\n`);
  const error = await failure(connecting([`IdentityFile ${file}`, 'IdentityAgent none']));
  expect(error.message).toContain(`${file} is a security key, which only OpenSSH’s own client can use.`);
  rmSync(file);
});
