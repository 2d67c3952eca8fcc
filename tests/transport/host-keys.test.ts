import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprint } from '../../src/transport/known-hosts.ts';
import { mergeKnownHosts } from '../../src/transport/known-hosts-merge.ts';
import { createSshTransport } from '../../src/transport/ssh.ts';
import { failure, say } from './common.ts';
import { startSshd, type Sshd } from './sshd.ts';

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd({ hostKeys: ['ed25519', 'ecdsa', 'rsa'] });
});
afterAll(() => sshd.stop());

const never = new AbortController().signal;

/** Connects with these known_hosts texts: the environment's and, if given, the user's. */
const connecting = (pinned: string, user?: string, more: readonly string[] = []) => {
  const file = join(sshd.folder, 'pinned');
  writeFileSync(file, pinned);
  const config = join(sshd.folder, 'config');
  const userFile = join(sshd.folder, 'user_known_hosts');
  writeFileSync(userFile, user ?? '');
  writeFileSync(
    config,
    [`IdentityFile ${sshd.key}`, `UserKnownHostsFile ${userFile}`, 'GlobalKnownHostsFile /dev/null', ...more, ''].join(
      '\n',
    ),
  );
  return createSshTransport({
    knownHostsFiles: { pinned: file, user: user !== undefined },
    environmentName: 'staging',
    configFile: config,
  });
};

const works = async (transport: ReturnType<typeof connecting>): Promise<void> => {
  const connection = await transport.connect(sshd.host, never);
  expect((await say(connection, 'echo in')).output).toBe('in\n');
  await connection.close();
};

const name = (): string => `[127.0.0.1]:${sshd.port}`;
const shown = (type: 'ed25519' | 'rsa'): string => {
  const [kind, key] = sshd.publicKey(type).split(' ');
  return `${kind} ${fingerprint(Buffer.from(key!, 'base64'))}`;
};
/** A key that is not the server's. */
const foreign = (): string => readFileSync(`${sshd.key}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');

test('an unknown host key is refused, with its fingerprint and what to type', async () => {
  const error = await failure(connecting('').connect(sshd.host, never));
  expect(error).toMatchObject({ name: 'ConnectionFailed', reason: 'host-key' });
  expect(error.message).toBe(
    `The host key of web1 (127.0.0.1:${sshd.port}) is not known: it shows ${shown('ed25519')}.`,
  );
  expect(error.hint).toBe('Compare the fingerprint, then: fab staging known_hosts --limit web1');
});

test('a refused host never sees the login', async () => {
  const before = sshd.log().length;
  await failure(connecting('').connect(sshd.host, never));
  const said = sshd.log().slice(before);
  expect(said).toMatch(/Connection from/);
  expect(said).not.toMatch(/publickey|Accepted|Failed|user root/);
});

test('StrictHostKeyChecking no changes nothing', async () => {
  const error = await failure(connecting('', '', ['StrictHostKeyChecking no']).connect(sshd.host, never));
  expect(error).toMatchObject({ reason: 'host-key' });
});

test('a changed host key is refused, with file and line of the pinned one', async () => {
  const error = await failure(connecting(`# ours\n${name()} ${foreign()}\n`).connect(sshd.host, never));
  expect(error).toMatchObject({ name: 'ConnectionFailed', reason: 'host-key' });
  expect(error.message).toContain(
    `HAS CHANGED: it shows ${shown('ed25519')}, but ${sshd.folder}/pinned:2 has ssh-ed25519 SHA256:`,
  );
  expect(error.hint).toContain('fab staging known_hosts --limit web1');
});

test('a revoked host key is refused', async () => {
  const text = `${name()} ${sshd.publicKey('ed25519')}\n@revoked * ${sshd.publicKey('ed25519')}\n`;
  const error = await failure(connecting(text).connect(sshd.host, never));
  expect(error.message).toBe(`web1 shows a host key that is revoked: ${shown('ed25519')} (${sshd.folder}/pinned:2).`);
});

test('a key of a type that the server would not show first is asked for', async () => {
  await works(connecting(`${name()} ${sshd.publicKey('rsa')}\n`));
  await works(connecting(`${name()} ${sshd.publicKey('ecdsa')}\n`));
});

test('a certificate authority is no host key', async () => {
  expect(
    await failure(connecting(`@cert-authority * ${sshd.publicKey('ed25519')}\n`).connect(sshd.host, never)),
  ).toMatchObject({
    reason: 'host-key',
  });
});

test('hashed entries, wildcards and the user’s own file are understood', async () => {
  const file = join(sshd.folder, 'hash');
  writeFileSync(file, `${name()} ${sshd.publicKey('ed25519')}\n`);
  spawnSync('ssh-keygen', ['-q', '-H', '-f', file]);
  const hashed = readFileSync(file, 'utf8');
  expect(hashed).toMatch(/^\|1\|/);
  await works(connecting(hashed));
  await works(connecting(`[127.0.0.*]:* ${sshd.publicKey('ed25519')}\n`));
  await works(connecting('', `${name()} ${sshd.publicKey('ed25519')}\n`));
  await works(connecting(`web1-alias ${sshd.publicKey('ed25519')}\n`, undefined, ['HostKeyAlias web1-alias']));
});

test('a scan finds what ssh-keygen says, and merged into nothing it lets us in', async () => {
  const scanned = await connecting('').scanHostKeys(sshd.host, never);
  expect(scanned.name).toBe(name());
  expect(scanned.keys.map(({ type, key }) => `${type} ${key}`)).toEqual(
    (['ed25519', 'ecdsa', 'rsa'] as const).map((type) => sshd.publicKey(type)),
  );
  for (const [index, type] of (['ed25519', 'ecdsa', 'rsa'] as const).entries()) {
    const { stdout } = spawnSync('ssh-keygen', ['-l', '-f', join(sshd.folder, `host_${type}.pub`)], {
      encoding: 'utf8',
    });
    expect(stdout).toContain(scanned.keys[index]!.fingerprint);
  }
  await works(connecting(mergeKnownHosts('', [scanned]).text));
});

test('a scan of a host that does not answer is a sentence', async () => {
  expect(await failure(connecting('').scanHostKeys({ ...sshd.host, port: 1 }, never))).toMatchObject({
    name: 'ConnectionFailed',
    reason: 'refused',
  });
});
