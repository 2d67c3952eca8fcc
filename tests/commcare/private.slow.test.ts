import { renameSync, readdirSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import { well } from '../end-to-end/world.ts';
import { openProduction, type Production } from './production.ts';

// The life of a private release: made where people run commands, kept, worked in, promoted or forgotten.
describeFleet('namespaces', 'private releases of the CommCare fleet', () => {
  let world: Production;
  let live: string;
  beforeAll(async () => void (world = await openProduction()), 120_000);
  afterAll(async () => world.stop());

  const hosts = ['web1', 'web2', 'worker1'];
  const liveOn = () => hosts.map((host) => world.live(host));
  const folder = (host: string, release: string) => world.host(host).path(`www/prod/releases/${release}`);
  const marker = (release: string) =>
    readdirSync(folder('worker1', release)).find((name) => name.startsWith('KEEP_UNTIL__')) ?? 'none';
  const setUp = async (...words: readonly string[]): Promise<string> => {
    const ran = await well(world.prod('setup_release', '--branch', 'side', ...words));
    const made = world.newest('worker1');
    expect(ran.stdout).toContain(`/home/deploy/www/prod/releases/${made}`);
    return made;
  };

  let kept: string;
  let forgotten: string;

  test('there is a fleet, and a branch of somebody', async () => {
    await well(world.prod('deploy', '--yes'));
    live = world.live('web1');
    world.repo.git('checkout', '-q', '-b', 'side');
    world.repo.commit({ 'version.txt': 'side\n' }, 'Aside');
    world.repo.git('checkout', '-q', 'master');
  }, 120_000);

  test('one is made on the manage host alone, while everything else goes on', async () => {
    kept = await setUp('--keep-days', '10');
    forgotten = await setUp('--keep-days', '1');
    for (const made of [kept, forgotten]) {
      expect(world.releases('worker1', 'prod')).toContain(made);
      for (const other of ['web1', 'web2']) expect(world.releases(other, 'prod')).not.toContain(made);
    }
    expect(liveOn()).toEqual([live, live, live]);
  });

  test('it is listed with its owner and until when it is kept', async () => {
    const { stdout } = await well(world.prod('releases'));
    const row = stdout.split('\n').find((line) => line.includes(kept)) ?? '';
    const until = marker(kept).replace('KEEP_UNTIL__', '').replace('_', ' ').replace(/\./g, ':');
    expect(row).toMatch(/ built +[0-9a-f]{7,} +side +/);
    expect(row).toContain(`${userInfo().username}@${hostname()}`);
    expect(row).toContain(`until ${until.slice(0, 10)}`);
    expect(row).toContain('worker1');
  });

  test('commands run in it, with its own Python', async () => {
    const { stdout } = await well(world.prod('manage', 'where', '--release', kept));
    const path = `/home/deploy/www/prod/releases/${kept}`;
    expect(stdout).toContain(`${path} ${path}/python_env`);
    expect((await world.prod('manage', 'leave 7', '--release', kept)).status).toBe(7);
  });

  test('cleaning leaves both alone, as long as they are kept', async () => {
    await well(world.prod('clean_releases', '--keep', '1', '--yes'));
    expect(world.releases('worker1', 'prod')).toEqual(expect.arrayContaining([live, kept, forgotten]));
  });

  test('it is promoted: the same release, on every host, and live', async () => {
    const ran = await well(world.prod('deploy', '--resume', kept, '--yes', '--other-branch'));
    expect(liveOn()).toEqual([kept, kept, kept]);
    expect(ran.stdout).toContain(`release ${kept}`);
    for (const host of hosts) expect(world.read(host, 'prod', `releases/${kept}/version.txt`)).toBe('side\n');
    expect(await world.answer('web1')).toBe(kept);
    // What it had built before was not built again.
    const built = world.calls('worker1').filter((line) => line.startsWith(`${kept} collectstatic`));
    expect(built).toHaveLength(1);
  }, 120_000);

  test('one whose days are over goes with the next cleaning, and the plan says so before', async () => {
    renameSync(
      `${folder('worker1', forgotten)}/${marker(forgotten)}`,
      `${folder('worker1', forgotten)}/KEEP_UNTIL__2020-01-01_00.00.00`,
    );
    const planned = await well(world.prod('clean_releases', '--keep', '1', '--plan'));
    expect(planned.stdout).toContain(forgotten);
    expect(world.releases('worker1', 'prod')).toContain(forgotten);
    await well(world.prod('clean_releases', '--keep', '1', '--yes'));
    expect(world.releases('worker1', 'prod')).not.toContain(forgotten);
    expect(world.releases('worker1', 'prod')).toContain(kept);
    expect(liveOn()).toEqual([kept, kept, kept]);
  });
});
