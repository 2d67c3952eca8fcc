import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { SshAnswers } from '../../src/transport/ssh-answers.ts';
import { askSsh, type SshQuestion } from '../../src/transport/ssh-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'fab-answers-'));
afterAll(() => rmSync(folder, { recursive: true }));
const configFile = join(folder, 'config');
const calls = join(folder, 'calls');
const program = join(folder, 'ssh');
beforeEach(() => {
  writeFileSync(calls, '');
  writeFileSync(program, `#!/bin/sh\necho "$*" >>${calls}\nexec ssh "$@"\n`);
  chmodSync(program, 0o755);
});

const never = new AbortController().signal;
const hosts: readonly SshQuestion[] = [
  { name: 'web1', address: '10.0.0.1', user: 'deploy', port: 2201 },
  { name: 'web2', address: '10.0.0.2', user: 'deploy', port: 2202 },
  { name: 'web3', address: 'web3.example.org' },
  { name: 'web4', address: 'Web4.example.org' },
];
const asked = () => readFileSync(calls, 'utf8').trim().split('\n').length;

/** What is known of all hosts with one memory, and how often the client was started for it. */
const together = async (config: string) => {
  writeFileSync(configFile, config);
  const answers = new SshAnswers(configFile);
  const settings = [];
  for (const host of hosts) settings.push(await askSsh(host, { configFile, program }, never, answers));
  const started = asked();
  const alone = await Promise.all(
    hosts.map((host) => askSsh({ ...host, sshArguments: ['-4'] }, { configFile }, never)),
  );
  return { settings: settings.map((each) => ({ ...each, family: 4 })), alone, started };
};

test.each([
  ['is empty', ''],
  [
    'speaks of all hosts',
    'Host *\n  User ops\n  HostName %h\n  IdentityFile ~/.ssh/%r\n  ProxyJump bastion\nMatch all\n  Port 2222\n',
  ],
])(
  'one answer serves all hosts where the configuration %s; one in capitals is asked about itself',
  async (_, config) => {
    const { settings, alone, started } = await together(config);
    expect(settings).toEqual(alone);
    expect(started).toBe(2);
  },
);

test.each([
  ['names one', 'Host web3.example.org\n  Port 99\n'],
  ['has a pattern', 'host *.example.org\n  user other\n'],
  ['looks at the user', 'Match user deploy\n  IdentityFile ~/.ssh/deploy\n'],
  ['includes a file that names one', `Include ${folder}/more/*.conf\n`],
  ['looks for canonical names', 'CanonicalizeHostname yes\nCanonicalDomains example.org\n'],
])('each host is asked about where the configuration %s', async (_, config) => {
  mkdirSync(join(folder, 'more'), { recursive: true });
  writeFileSync(join(folder, 'more/one.conf'), 'Host web3.example.org\n  Port 99\n');
  const { settings, alone, started } = await together(config);
  expect(settings).toEqual(alone);
  expect(started).toBe(hosts.length);
});
