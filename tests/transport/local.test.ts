import { afterEach, expect, test } from '@jest/globals';
import type { Host } from '../../src/model/host.ts';
import { createLocalTransport } from '../../src/transport/local.ts';
import { behavesLikeATransport, say } from './common.ts';

const here: Host = { name: 'monolith', address: '127.0.0.1', connection: 'local', groups: [], vars: {} };
const connected = () => createLocalTransport().connect(here, new AbortController().signal);

behavesLikeATransport('local', connected);

const path = process.env['PATH'];
afterEach(() => {
  process.env['PATH'] = path;
});

test('local: commands see what a login would see, not what npx adds', async () => {
  process.env['npm_config_user_agent'] = 'npm';
  process.env['PATH'] = `/somewhere/node_modules/.bin:${path}`;
  const connection = await connected();
  const { output } = await say(connection, 'env');
  expect(output).toMatch(/^HOME=/m);
  expect(output).not.toContain('npm_config');
  expect(output).not.toContain('node_modules/.bin');
  await connection.close();
});

test('local: a command has a session of its own, so that Ctrl-C is for us alone', async () => {
  const connection = await connected();
  const { output } = await say(connection, 'ps -o sid= -p $$; echo $$');
  const [session, id] = output.trim().split(/\s+/);
  expect(session).toBe(id);
  await connection.close();
});

test('outputs are real pipes, as sshd gives them: >/dev/stderr works', async () => {
  const connection = await connected();
  const channel = await connection.open('echo said >/dev/stderr');
  channel.output.resume();
  const said: Buffer[] = [];
  channel.errors.on('data', (chunk: Buffer) => said.push(chunk));
  expect(await channel.ended).toEqual({ kind: 'exit', code: 0 });
  expect(Buffer.concat(said).toString()).toBe('said\n');
  await connection.close();
});
