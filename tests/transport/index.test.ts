import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { createTransport } from '../../src/transport/index.ts';
import { failure, say } from './common.ts';

const transport = createTransport({ knownHostsFiles: { pinned: '/nowhere/known_hosts', user: false } });
const never = new AbortController().signal;

test('a host’s own word chooses how it is reached', async () => {
  const host = { name: 'web1', address: '127.0.0.1', port: 1, groups: [], vars: {} };
  const connection = await transport.connect({ ...host, connection: 'local' }, never);
  expect((await say(connection, 'echo here')).output).toBe('here\n');
  await connection.close();
  expect(await failure(transport.connect({ ...host, connection: 'ssh' }, never))).toMatchObject({ reason: 'refused' });
});

test('nothing imports the ssh library before the first connection', () => {
  const folder = new URL('../../src/transport/', import.meta.url);
  for (const file of readdirSync(folder))
    for (const line of readFileSync(new URL(file, folder), 'utf8').split('\n'))
      if (/from '(node-ssh|ssh2)'/.test(line)) expect(`${file}: ${line}`).toMatch(/import type /);
});
