import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import { jsonLines, openWorld, until, well, type Repository, type World } from './world.ts';

/** Three seconds instead of fifteen, so that a test can outwait it. */
const brief = { env: { FAB_LEASE: '3' } };

describeFleet('namespaces', 'whole or not at all', () => {
  let world: World;
  let app: Repository;
  const hosts = ['web1', 'web2', 'web3', 'web4'];
  const commit = (): string => app.commit({ 'a.txt': String(Math.random()) });
  const deploy = async (...words: readonly string[]) => {
    commit();
    return world.fab(['staging', 'deploy', '--yes', ...words], brief);
  };
  const shown = (): ReadonlySet<string | undefined> => new Set(Object.values(world.current('staging')));
  /** Releases that a name stands for, without the folder. */
  const live = (host: string): string => (world.current('staging')[host] ?? '').replace('releases/', '');

  /** Process numbers of the slow build on each host. */
  const building = (): Promise<readonly string[]> =>
    Promise.all(
      hosts.map(async (host) => (await world.host(host).exec('pgrep -f "[s]leep 20" || true')).stdout.trim()),
    );

  beforeAll(async () => {
    world = await openWorld({ kind: 'namespaces', hosts: 4 });
    app = world.repository('app', { 'README.md': 'An application.\n' });
    world.environment('staging', {
      settings: {
        code_repo: app.path,
        // A build that can be made to last, and that no hangup ends.
        build: [
          'trap "" HUP; if [ -e /home/deploy/slow ]; then sleep 20 & wait; touch /home/deploy/was-built; fi; true',
        ],
      },
    });
    await well(deploy());
  });
  afterAll(async () => world.stop());

  test('a dead host: refused; with --when-unreachable leave the others go on, and catch_up brings it along', async () => {
    const before = live('web4');
    await world.host('web4').kill();
    const refused = await deploy();
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('web4');
    expect(shown().size).toBe(1);

    const left = await well(deploy('--when-unreachable', 'leave'));
    expect(left.stdout).toContain('web4');
    const now = live('web1');
    expect(now).not.toBe(before);
    expect([live('web2'), live('web3'), live('web4')]).toEqual([now, now, before]);

    const status = await world.fab(['staging', 'status']);
    expect(status.status).toBe(4);
    expect(status.stdout).toMatch(/web4 +could not be asked +- +left behind/);

    await world.host('web4').restart();
    const differ = await world.fab(['staging', 'status']);
    expect(differ.status).toBe(4);
    expect(differ.stdout).toContain('web4 was left out of the last publish: `fab staging catch_up` brings it along.');

    const caughtUp = await well(world.fab(['staging', 'catch_up', '--yes', '--json']));
    const builds = jsonLines<{ type: string; step?: string; host?: string }>(caughtUp.stdout).filter(
      ({ type, step }) => type === 'host-started' && step === 'code.update',
    );
    expect(builds.map(({ host }) => host)).toEqual(['web4']);
    expect(hosts.map(live)).toEqual([now, now, now, now]);
    expect((await world.fab(['staging', 'status'])).status).toBe(0);
    const again = await well(world.fab(['staging', 'catch_up']));
    expect(again.stdout).toContain(`Every release host is on ${now}.`);

    const history = await well(world.fab(['staging', 'history']));
    expect(history.stdout).toContain('web4');
    expect(history.stdout).toContain('done');
  }, 180_000);

  test('without a majority nothing is left behind', async () => {
    const before = hosts.map(live);
    for (const host of ['web3', 'web4']) await world.host(host).kill();
    const refused = await deploy('--when-unreachable', 'leave');
    for (const host of ['web3', 'web4']) await world.host(host).restart();
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('more than half');
    expect(hosts.map(live)).toEqual(before);
  }, 120_000);

  test('a controller that slept through its lease changes nothing more and fails; another one deploys meanwhile', async () => {
    const before = live('web1');
    for (const host of hosts) await world.host(host).exec('touch /home/deploy/slow; rm -f /home/deploy/was-built');
    commit();
    const sleeper = world.start(['staging', 'deploy', '--yes'], brief);
    await until(async () => (await building()).every((pids) => pids !== ''), 30, 'the build');
    sleeper.child.kill('SIGSTOP');
    try {
      // The lease ends, and the builds with it, though nobody closed a connection.
      await until(async () => (await building()).every((pids) => pids === ''), 8, 'the end of every build');
      for (const host of hosts) await world.host(host).exec('rm -f /home/deploy/slow');
      await well(deploy());
      const now = live('web1');
      expect(now).not.toBe(before);
      sleeper.child.kill('SIGCONT');
      const ended = await sleeper.ended;
      expect(ended.status).not.toBe(0);
      expect(`${ended.stdout}${ended.stderr}`).toMatch(/lock on web\d was lost/);
      expect(hosts.map(live)).toEqual([now, now, now, now]);
      for (const host of hosts) expect((await world.host(host).exec('ls /home/deploy/was-built')).code).not.toBe(0);
    } finally {
      sleeper.child.kill('SIGCONT');
      sleeper.child.kill('SIGKILL');
    }
  }, 120_000);

  test('a cut link: what ran on the host ends within the lease, and the run fails whole', async () => {
    const before = hosts.map(live);
    await world.host('web2').exec('touch /home/deploy/slow; rm -f /home/deploy/was-built');
    commit();
    const running = world.start(['staging', 'deploy', '--yes'], brief);
    await until(async () => (await building())[1] !== '', 30, 'the build');
    await world.host('web2').cut();
    const ended = await running.ended;
    expect(ended.status).not.toBe(0);
    await world.host('web2').heal();
    await until(async () => (await building())[1] === '', 5, 'the end of the build');
    await world.host('web2').exec('rm -f /home/deploy/slow');
    expect(hosts.map(live)).toEqual(before);
    await well(world.fab(['staging', 'deploy', '--resume', '--yes'], brief));
    expect(shown().size).toBe(1);
    expect(live('web1')).not.toBe(before[0]);
  }, 120_000);

  test('--hold makes ready, --resume publishes; not over what somebody published meanwhile', async () => {
    const before = live('web1');
    const held = await well(deploy('--hold'));
    expect(held.stdout).toContain('is ready on 4 of 4 hosts');
    expect(hosts.map(live)).toEqual([before, before, before, before]);
    const status = await well(world.fab(['staging', 'status']));
    expect(status.stdout).toContain('is held ready');
    await well(world.fab(['staging', 'deploy', '--resume', '--yes'], brief));
    expect(live('web1')).not.toBe(before);

    const name = /release ([\d._-]+)/.exec((await well(deploy('--hold'))).stdout)?.[1] ?? '';
    await well(deploy());
    const refused = await world.fab(['staging', 'deploy', '--resume', name, '--yes'], brief);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('has moved since');
  }, 120_000);
});
