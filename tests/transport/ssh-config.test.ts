import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { askSsh, parseSshConfig, questionOfJump, settingsFrom } from '../../src/transport/ssh-config.ts';
import { failure } from './common.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fabwright-config-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const never = new AbortController().signal;

const ask = (config: string, question: Partial<Parameters<typeof askSsh>[0]> = {}) => {
  const configFile = join(folder, 'config');
  writeFileSync(configFile, config);
  return askSsh({ name: 'web1', address: 'web1', ...question }, { configFile }, never);
};

test('the words of ssh -G: keywords with all their values', () => {
  expect(parseSshConfig('user deploy\nidentityfile ~/a\nidentityfile ~/b\nPort 22\nhost\n')).toEqual(
    new Map([
      ['user', ['deploy']],
      ['identityfile', ['~/a', '~/b']],
      ['port', ['22']],
    ]),
  );
});

describe('with the real ssh', () => {
  test('the user’s configuration is honoured, tokens and all', async () => {
    const settings = await ask(
      [
        'Host web1',
        '  HostName 10.0.0.1',
        '  Port 2222',
        '  User deploy',
        '  IdentityFile ~/.ssh/%r_%h_%p',
        '  IdentityFile /keys/%n-%u-%%',
        '  IdentityFile %d/x',
        '  IdentitiesOnly yes',
        '  IdentityAgent /run/agent-%r',
        '  HostKeyAlias %h-alias',
        '  UserKnownHostsFile /a/%h /b',
        '  GlobalKnownHostsFile none',
        '  ProxyJump ops@bastion:2200,inner',
        '  AddressFamily inet6',
        '  ConnectTimeout 7',
        '  HostKeyAlgorithms ssh-ed25519',
      ].join('\n'),
    );
    expect(settings).toMatchObject({
      hostname: '10.0.0.1',
      asked: 'web1',
      port: 2222,
      user: 'deploy',
      identityFiles: [
        `${homedir()}/.ssh/deploy_10.0.0.1_2222`,
        `/keys/web1-${userInfo().username}-%`,
        `${homedir()}/x`,
      ],
      identitiesOnly: true,
      agent: '/run/agent-deploy',
      hostKeyAlias: '10.0.0.1-alias',
      knownHostsFiles: ['/a/10.0.0.1', '/b'],
      jumps: ['ops@bastion:2200', 'inner'],
      family: 6,
      connectSeconds: 7,
      hostKeyAlgorithms: ['ssh-ed25519'],
    });
  });

  test('the inventory’s user, port and key win', async () => {
    const settings = await ask('User deploy\nPort 2222\nIdentityFile /config/key\n', {
      user: 'root',
      port: 22,
      identityFile: '/inventory/key',
    });
    expect(settings).toMatchObject({ user: 'root', port: 22, identityFiles: ['/inventory/key', '/config/key'] });
  });

  test('the inventory’s ssh arguments are honoured', async () => {
    const settings = await ask('', { sshArguments: ['-o', 'ProxyJump=bastion', '-o', 'User=deploy'] });
    expect(settings).toMatchObject({ user: 'deploy', jumps: ['bastion'] });
  });

  test('host key checking cannot be turned off, GSSAPI is passed over', async () => {
    await ask('StrictHostKeyChecking no\nGSSAPIAuthentication yes\nProxyCommand none\n');
  });

  test('a configuration that ssh does not take', async () => {
    const error = await failure(ask('Nonsense yes\n'));
    expect(error).toMatchObject({ name: 'ConnectionFailed', reason: 'configuration' });
    expect(error.message).toMatch(/^The ssh configuration for web1 cannot be read: .*bad configuration options?\.$/i);
  });

  test('the agent: the usual one, another, none', async () => {
    const before = process.env['SSH_AUTH_SOCK'];
    process.env['SSH_AUTH_SOCK'] = '/usual';
    process.env['OTHER_AGENT'] = '/other';
    expect((await ask('')).agent).toBe('/usual');
    expect((await ask('IdentityAgent SSH_AUTH_SOCK\n')).agent).toBe('/usual');
    expect((await ask('IdentityAgent none\n')).agent).toBeUndefined();
    expect((await ask('IdentityAgent $OTHER_AGENT\n')).agent).toBe('/other');
    if (before === undefined) delete process.env['SSH_AUTH_SOCK'];
    else process.env['SSH_AUTH_SOCK'] = before;
    delete process.env['OTHER_AGENT'];
  });
});

test('without an answer there are defaults', () => {
  expect(settingsFrom({ name: 'web1', address: '10.0.0.1' }, new Map())).toMatchObject({
    hostname: '10.0.0.1',
    port: 22,
    user: userInfo().username,
    identityFiles: ['id_rsa', 'id_ecdsa', 'id_ed25519'].map((name) => join(homedir(), '.ssh', name)),
    knownHostsFiles: [
      `${homedir()}/.ssh/known_hosts`,
      `${homedir()}/.ssh/known_hosts2`,
      '/etc/ssh/ssh_known_hosts',
      '/etc/ssh/ssh_known_hosts2',
    ],
    jumps: [],
  });
});

test('ssh options without an OpenSSH client are a sentence, not a surprise', async () => {
  const error = await failure(
    askSsh({ name: 'web1', address: 'web1', sshArguments: ['-J', 'bastion'] }, { program: '/nowhere/ssh' }, never),
  );
  expect(error).toMatchObject({ reason: 'configuration', hint: expect.stringContaining('openssh-client') });
});

test.each([
  ['bastion', { address: 'bastion' }],
  ['ops@bastion:2200', { address: 'bastion', user: 'ops', port: 2200 }],
  ['ssh://ops@bastion:2200', { address: 'bastion', user: 'ops', port: 2200 }],
  ['[::1]:22', { address: '::1', port: 22 }],
])('a jump is written %s', (word, question) => {
  expect(questionOfJump(word)).toMatchObject({ name: word, ...question });
});
