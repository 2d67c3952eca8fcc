import { rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import type { FleetKind } from '../fleet/index.ts';
import { jsonLines, openWorld, well, type Repository, type World } from './world.ts';

const kinds: readonly FleetKind[] = ['loopback', 'namespaces'];

for (const kind of kinds) {
  describeFleet(kind, 'rollback', () => {
    let world: World;
    let app: Repository;
    const hosts = ['web1', 'web2'];
    const fab = (...words: readonly string[]) => world.fab(['staging', ...words]);
    const onAll = (release: string | undefined) =>
      Object.fromEntries(hosts.map((host) => [host, release === undefined ? undefined : `releases/${release}`]));
    const deploy = async (): Promise<string> => {
      app.commit({ 'a.txt': String(Math.random()) });
      await well(fab('deploy', '--yes'));
      return world.releases('web1', 'staging').at(-1) ?? '';
    };
    const recorded = (host: string): readonly string[] =>
      world
        .read(host, 'staging', 'RELEASES.txt')
        .trim()
        .split('\n')
        .map((line) => line.split('/').at(-1) ?? '');

    beforeAll(async () => {
      world = await openWorld({ kind, hosts: 2 });
      app = world.repository('app');
      world.environment('staging', { settings: { code_repo: app.path, restart: ['echo x >> ~/restarted'] } });
    });
    afterAll(async () => world.stop());
    beforeEach(() => hosts.forEach((host) => rmSync(world.host(host).path('www'), { recursive: true, force: true })));

    test('goes back, further back, and after a deploy to the right one', async () => {
      const [a, b, c] = [await deploy(), await deploy(), await deploy()];
      const back = await fab('rollback', '--yes');
      expect(back.status).toBe(0);
      expect(back.stdout).toContain(`release ${b} (`);
      expect(world.current('staging')).toEqual(onAll(b));
      expect(recorded('web2')).toEqual([a, b]);
      expect(jsonLines(world.read('web2', 'staging', '.fab/history.jsonl')).slice(-2)).toMatchObject([
        { event: 'rolled back', task: 'rollback', from: c, to: b },
        { event: 'ended', task: 'rollback', ending: 'done', status: 0 },
      ]);
      await well(fab('rollback', '--yes'));
      expect(world.current('staging')).toEqual(onAll(a));
      // Before the first there is nothing.
      const none = await fab('rollback', '--yes');
      expect(none.status).toBe(2);
      expect(none.stderr).toContain('No host has a release to go back to.');
      expect(world.current('staging')).toEqual(onAll(a));
      // Forward again on purpose, then a deploy, and back to what was live before it.
      await well(fab('rollback', '--to', b, '--yes'));
      const d = await deploy();
      expect(world.current('staging')).toEqual(onAll(d));
      await well(fab('rollback', '--yes'));
      expect(world.current('staging')).toEqual(onAll(b));
    });

    if (kind === 'loopback') return; // What follows is the same anywhere.

    test('what was rolled back is not resumed by accident, and is by name', async () => {
      await deploy();
      const b = await deploy();
      await well(fab('rollback', '--yes'));
      const before = world.current('staging');
      const refused = await fab('deploy', '--resume', '--yes');
      expect(refused.status).toBe(2);
      expect(refused.stderr).toContain(`name it to publish it again: --resume ${b}`);
      expect(world.current('staging')).toEqual(before);
      const named = await fab('deploy', '--resume', b, '--yes');
      expect(named.status).toBe(0);
      expect(world.current('staging')).toEqual(onAll(b));
      expect(recorded('web1').at(-1)).toBe(b);
    });

    test('a release that one host lacks: refused, and who lacks what', async () => {
      const [a, b] = [await deploy(), await deploy()];
      rmSync(world.host('web2').path(`www/staging/releases/${a}`), { recursive: true });
      const refused = await fab('rollback', '--yes');
      expect(refused.status).toBe(2);
      expect(refused.stderr).toContain(
        `There is no release that every host can go back to. ${a}: web2 does not have it.`,
      );
      expect(refused.stderr).toContain('--to RELEASE');
      expect(world.current('staging')).toEqual(onAll(b));

      const lacking = await fab('rollback', '--to', a, '--yes');
      expect(lacking.status).toBe(2);
      expect(lacking.stderr).toContain(`${a} cannot be gone back to: web2 does not have it.`);
      expect(world.current('staging')).toEqual(onAll(b));
    });

    test('names that are none, that climb, and that do not exist', async () => {
      const a = await deploy();
      for (const name of ['../x', '../../etc', 'current', '2026-02-31_10.00.00', '', 'x y', '$(touch /tmp/x)']) {
        const refused = await fab('rollback', '--to', name, '--yes');
        expect(refused).toMatchObject({ status: 2, stdout: '' });
        expect(refused.stderr).toContain(
          '--to of rollback must be the name of a release, like 2026-11-20_14.05.33, not',
        );
      }
      const unknown = await fab('rollback', '--to', '2020-01-01_00.00.00', '--yes');
      expect(unknown.status).toBe(2);
      expect(unknown.stderr).toContain(
        '2020-01-01_00.00.00 cannot be gone back to: web1 does not have it; web2 does not have it.',
      );
      const same = await fab('rollback', '--to', a, '--yes');
      expect(same.status).toBe(2);
      expect(same.stderr).toContain(`${a} is live already on every host.`);
      const resumed = await fab('deploy', '--resume', '2020-01-01_00.00.00', '--yes');
      expect(resumed.status).toBe(2);
      expect(resumed.stderr).toContain('No host has a release 2020-01-01_00.00.00');
      expect(world.current('staging')).toEqual(onAll(a));
    });

    test('hosts on different releases are brought together: on what was live before, or by --to', async () => {
      const [a, b] = [await deploy(), await deploy()];
      const split = () =>
        world.host('web2').exec(`cd ${world.host('web2').home}/www/staging && ln -sfn releases/${a} current`);
      await split();
      const status = await fab('status');
      expect(status.status).toBe(4);
      expect(status.stdout).toContain(`THE HOSTS DIFFER: web1 on ${b}; web2 on ${a}.`);
      // The newest that was live before, and that not every host shows already.
      const back = await well(fab('rollback', '--yes'));
      expect(back.stdout).toContain(`release ${a} (`);
      expect(world.current('staging')).toEqual(onAll(a));
      await well(fab('rollback', '--to', b, '--yes'));
      expect(world.current('staging')).toEqual(onAll(b));
      await split();
      await well(fab('rollback', '--to', b, '--yes'));
      expect(world.current('staging')).toEqual(onAll(b));
    });
  });
}
