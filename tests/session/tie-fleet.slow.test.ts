import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { shell } from '../../src/model/command.ts';
import type { Session } from '../../src/model/session.ts';
import type { Tie } from '../../src/session/tie.ts';
import { createSession } from '../../src/session/session.ts';
import { createSshTransport } from '../../src/transport/ssh.ts';
import type { Connection } from '../../src/transport/transport.ts';
import { describeFleet } from '../fleet/describe.ts';
import { startFleet, type Fleet, type FleetHost } from '../fleet/index.ts';
import { failureIn, slowness } from './local-host.ts';

const build = shell(`trap '' HUP TERM; sh -c 'exec sleep 54321' & while :; do sleep 1; done`);
const folder = '/home/cchq/www/staging/.fab';
const tie: Required<Tie> = {
  alive: `${folder}/alive-1`,
  fence: { work: `${folder}/work`, epochFile: `${folder}/epoch`, epoch: 3 },
};
const isOver = {
  reason: 'command',
  status: 125,
  output: 'The run that sent this command is over, so the command did not begin.',
};

describeFleet('namespaces', 'a command tied to its run, over ssh', () => {
  let fleet: Fleet;
  let host: FleetHost;
  let connection: Connection;
  const says = async (command: string): Promise<boolean> => (await host.exec(command)).code === 0;
  const isRunning = () => says('pgrep -f "^sleep 5432[1]"');
  const workIsFree = () => says(`flock -n -x ${tie.fence.work} true`);
  const endRun = () => says('kill -KILL $(cat /tmp/keeper)');
  const until = async (what: () => Promise<boolean>): Promise<number> => {
    const began = Date.now();
    while (!(await what())) {
      if (Date.now() - began > 12_000) throw new Error('Not so after 12 s.');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return (Date.now() - began) / 1000;
  };
  const not = (what: () => Promise<boolean>) => async () => !(await what());
  /** As the login user, or through sudo. */
  const sessionAs = (user: 'deploy' | 'cchq'): Session =>
    createSession(connection.host, {
      connection,
      user: user === 'deploy' ? undefined : user,
      path: [],
      variables: {},
      silence: 30,
      tie,
      signal: new AbortController().signal,
    });

  beforeAll(async () => {
    fleet = await startFleet({ kind: 'namespaces', hosts: 1 });
    host = fleet.host('web1');
    writeFileSync(join(fleet.folder, 'pinned'), fleet.knownHosts);
  });
  afterAll(async () => fleet.stop());
  beforeEach(async () => {
    await host.exec(`chmod 755 /home/cchq; su cchq -s /bin/sh -c 'mkdir -p ${folder}; : > ${tie.fence.work}; echo 3 > ${tie.fence.epochFile}'
su cchq -s /bin/sh -c 'exec setsid flock -x ${tie.alive} -c "echo \\$\\$ > /tmp/keeper; exec sleep 55555"' >/dev/null 2>&1 </dev/null &`);
    await until(not(() => says(`flock -n -x ${tie.alive} true`)));
    connection = await createSshTransport({
      knownHostsFiles: { pinned: join(fleet.folder, 'pinned'), user: false },
      configFile: fleet.sshConfig,
    }).connect(
      { name: 'web1', address: 'web1', connection: 'ssh', groups: [], vars: {} },
      new AbortController().signal,
    );
  });
  afterEach(async () => {
    await endRun();
    await connection.close();
  });

  describe.each(['deploy', 'cchq'] as const)('as %s', (user) => {
    test('is gone within 2 s of the connection’s end', async () => {
      const failure = failureIn(sessionAs(user).run(build));
      await until(isRunning);
      expect(await workIsFree()).toBe(false);
      const slow = slowness();
      await connection.close();
      expect(await failure).toMatchObject({ name: 'ConnectionLost' });
      expect(await until(not(isRunning))).toBeLessThan(2 * (await slow));
      await until(workIsFree);
    });

    test('is gone within 2 s of the run’s end, while the link is cut', async () => {
      const failure = failureIn(sessionAs(user).run(build));
      await until(isRunning);
      await host.cut();
      const slow = slowness();
      await endRun();
      expect(await until(not(isRunning))).toBeLessThan(2 * (await slow));
      await until(workIsFree);
      await host.heal();
      expect(await failure).toMatchObject({ reason: 'command', status: 137 });
      expect(await failureIn(sessionAs(user).run(build))).toEqual({ ...isOver, command: build.text });
    });

    test('open and put, too', async () => {
      const session = sessionAs(user);
      const talk = await session.open(shell('cat'));
      talk.input.end('two\nlines\n');
      expect(await text(talk.output)).toBe('two\nlines\n');
      await talk.done;
      const stuck = await session.open(build);
      stuck.output.resume();
      await until(isRunning);
      expect(await workIsFree()).toBe(false);
      await session.put('content', '/tmp/put');
      expect((await host.exec('cat /tmp/put; rm -f /tmp/put')).stdout).toBe('content');
      const slow = slowness();
      await endRun();
      expect(await until(not(isRunning))).toBeLessThan(2 * (await slow));
      expect(await failureIn(stuck.done)).toMatchObject({ reason: 'command', status: 137 });
      expect(await workIsFree()).toBe(true);
      expect(await failureIn(session.put('content', '/tmp/put'))).toMatchObject(isOver);
      expect(await says('test -e /tmp/put || ls /tmp/.fab-new-*')).toBe(false);
    });
  });

  test('has no fence for a user who may not look into the root: only the end of its input ends it', async () => {
    await host.exec('chmod 700 /home/cchq');
    const session = sessionAs('deploy');
    const failure = failureIn(session.run(build));
    await until(isRunning);
    await endRun();
    expect(await session.read`echo still`).toBe('still');
    expect([await isRunning(), await workIsFree()]).toEqual([true, true]);
    const slow = slowness();
    await connection.close();
    await failure;
    expect(await until(not(isRunning))).toBeLessThan(2 * (await slow));
  });
});
