import { expect, test } from '@jest/globals';
import { createSshTransport } from '../../src/transport/ssh.ts';
import { failure, say, timed } from './common.ts';
import { kill, startSshd } from './sshd.ts';

const reach = async (keepaliveSeconds: number) => {
  const sshd = await startSshd();
  const connection = await createSshTransport({
    knownHostsFiles: { pinned: sshd.knownHosts, user: false },
    configFile: sshd.config,
    keepaliveSeconds,
  }).connect(sshd.host, new AbortController().signal);
  return { sshd, connection };
};

test('a host that falls silent is lost after four keepalives without an answer', async () => {
  const { sshd, connection } = await reach(0.5);
  const channel = await connection.open('sleep 60');
  const ended = failure(channel.ended);
  const frozen = sshd.sessions();
  for (const id of frozen) kill(id, 'SIGSTOP');
  const [milliseconds, error] = await timed(() => ended);
  expect(error).toMatchObject({ name: 'ConnectionLost' });
  expect(error.message).toBe('The connection to web1 was lost: it stopped answering (nothing heard for 2 s).');
  expect(milliseconds).toBeGreaterThan(1_400);
  expect(milliseconds).toBeLessThan(3_000);
  for (const id of frozen) kill(id, 'SIGKILL');
  await connection.close();
  await sshd.stop();
});

test('a host that is only quiet is not lost', async () => {
  const { sshd, connection } = await reach(0.5);
  expect((await say(connection, 'sleep 6; echo back')).output).toBe('back\n');
  await connection.close();
  await sshd.stop();
});

test('a controller that was busy does not blame the host', async () => {
  const { sshd, connection } = await reach(0.3);
  const running = say(connection, 'sleep 4; echo back');
  const until = Date.now() + 2_500;
  while (Date.now() < until) Math.sqrt(until);
  expect((await running).output).toBe('back\n');
  await connection.close();
  await sshd.stop();
});
