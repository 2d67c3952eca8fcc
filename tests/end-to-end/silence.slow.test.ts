import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import { openWorld, until, well, type Repository, type World } from './world.ts';

describeFleet('namespaces', 'hosts that say nothing any more', () => {
  let world: World;
  let app: Repository;
  let live: Readonly<Record<string, string | undefined>>;
  const deploy = async () => {
    app.commit({ 'a.txt': String(Math.random()) });
    return world.fab(['staging', 'deploy', '--yes']);
  };
  beforeAll(async () => {
    world = await openWorld({ kind: 'namespaces', hosts: 3 });
    app = world.repository('app');
    world.environment('staging', { settings: { code_repo: app.path, build: ['[ ! -e ~/slow ] || sleep 45678'] } });
    await well(deploy());
    live = world.current('staging');
  });
  afterAll(async () => world.stop());

  test('a host without power: one sentence, soon, nothing touched', async () => {
    await world.host('web2').kill();
    try {
      const looked = world.fab(['staging', 'status']);
      const ran = await deploy();
      expect(ran.status).toBe(2);
      expect(ran.stderr).toMatch(/web2 .*(could not be reached|cannot be reached|no answer|refused|did not answer)/i);
      expect(ran.stderr).not.toMatch(/web[13]:/);
      expect(ran.seconds).toBeLessThan(25);
      const status = await looked;
      expect(status.status).toBe(4);
      expect(status.stdout).toContain('web2 could not be asked.');
    } finally {
      await world.host('web2').restart();
    }
    expect(world.current('staging')).toEqual(live);
    expect(world.releases('web1', 'staging')).toHaveLength(1);
  });

  test('a host that is cut off during the build: noticed in 15 s, nothing published, resumable', async () => {
    await Promise.all(world.fleet.hosts.map((host) => host.exec('touch ~deploy/slow')));
    app.commit({}, 'Another');
    const running = world.start(['staging', 'deploy', '--yes']);
    await until(async () => (await world.host('web2').exec('pgrep -f "^sleep 4567[8]"')).code === 0);
    await world.host('web2').cut();
    const cut = Date.now();
    const since = () => (Date.now() - cut) / 1000;
    await until(() => running.said().includes('lost the connection on web2'), 30, 'the silence is noticed');
    const noticed = since();
    const ended = await running.ended;
    process.stderr.write(
      `noticed ${noticed.toFixed(1)} s after the cut, the run was over after ${since().toFixed(1)} s\n`,
    );
    await world.host('web2').heal();
    expect(noticed).toBeLessThanOrEqual(15);
    expect(since()).toBeLessThan(20);
    // web2 could not be asked where it stands.
    expect(ended.status).toBe(4);
    expect(ended.stdout).toMatch(/web2/);
    expect(ended.stdout).toContain('fab staging deploy --resume');
    expect(world.current('staging')).toEqual(live);
    await Promise.all(world.fleet.hosts.map((host) => host.exec('rm ~deploy/slow')));
    await until(async () => (await world.host('web2').exec('pgrep -f "^sleep 4567[8]"')).code !== 0, 40, 'the end');
    await until(
      async () => (await world.host('web2').exec('flock -n ~deploy/www/staging/.fab/lock true')).code === 0,
      40,
      'a free lock',
    );
    await well(world.fab(['staging', 'deploy', '--resume', '--yes']));
    expect(new Set(Object.values(world.current('staging'))).size).toBe(1);
  });
});
