import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { existsSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { jsonLines, openWorld, type Repository, type World } from '../end-to-end/world.ts';
import { describeFleet } from '../fleet/describe.ts';
import { documentedEnvironment, heard, liveRelease, repositoryOf } from './apps.ts';

const health = 'http://127.0.0.1:8000/health';
const hosts = ['web1', 'web2'];

describeFleet('namespaces', 'a Node application, from an inventory and settings alone', () => {
  let world: World;
  let repository: Repository;

  beforeAll(async () => {
    world = await openWorld({ kind: 'namespaces', hosts });
    repository = repositoryOf(world, 'node-plain');
    documentedEnvironment(world, 'node-plain', repository);
  });
  afterAll(() => world.stop());

  test('a missing shared file stops the first deploy before anything is built', async () => {
    const { status, stderr } = await world.fab(['production', 'deploy', '--yes']);
    expect(status).toBe(2);
    for (const host of hosts) {
      expect(stderr).toContain(`/home/deploy/www/production/shared/.env is missing on ${host}`);
      expect(existsSync(world.host(host).path('www'))).toBe(false);
    }
    expect(stderr).toContain('fab production put_shared .env');
  });

  test('what it says to type helps', async () => {
    const file = world.write({ 'production.env': 'PORT=8000\n' });
    expect(await world.fab(['production', 'put_shared', '.env', file])).toMatchObject({ status: 0 });
    expect(await world.fab(['production', 'deploy', '--yes'])).toMatchObject({ status: 0 });
    for (const host of hosts) {
      expect(await heard(world, host, health)).toContain(liveRelease(world));
      expect(await heard(world, host, 'http://127.0.0.1:8000/')).toContain('Hello');
      const link = world.host(host).path('www/production/current/.env');
      expect(readlinkSync(link)).toBe('../../shared/.env');
    }
  });

  test('the next deploy starts another process, one host after the other', async () => {
    const before = await heard(world, 'web1', health);
    repository.commit({ 'greeting.txt': 'Hello again\n' });
    const { status, stdout } = await world.fab(['production', 'deploy', '--yes', '--json']);
    expect(status).toBe(0);
    const restarts = jsonLines(stdout)
      .filter(({ step, type }) => step === 'app.restart' && /^host-(started|succeeded)$/.test(String(type)))
      .map(({ type, host }) => `${String(host)} ${String(type)}`);
    expect(restarts).toEqual(['web1 host-started', 'web1 host-succeeded', 'web2 host-started', 'web2 host-succeeded']);
    const after = await heard(world, 'web1', health);
    expect(after).toContain(liveRelease(world));
    expect(after.split(' ')[1]).not.toBe(before.split(' ')[1]);
    // The old server has ended; the new one does not stand beside it.
    expect((await world.host('web1').exec('pgrep -cx node')).stdout.trim()).toBe('1');
  });

  test('a host that does not get well ends the deploy: current is new, the next host is left alone', async () => {
    const before = await heard(world, 'web2', health);
    repository.commit({ ill: '' });
    const { status, stdout, stderr } = await world.fab(['production', 'deploy', '--yes', '--set', 'health_within=4']);
    const said = stdout + stderr;
    expect(status).toBe(1);
    expect(said).toContain(`app.restart failed on web1 (1 of 2 hosts)\n\n    ask ${health}\n    exit status 1\n`);
    expect(said).toContain(`${health} answered 503, not 200, for 4 s`);
    const live = liveRelease(world);
    expect(said).toMatch(new RegExp(`Every release host: ${live} \\(\\w+\\), the release of this run\\.`));
    expect(said).toContain('fab production rollback');
    expect(existsSync(join(world.host('web2').path(`www/production/releases/${live}`), 'ill'))).toBe(true);
    expect(await heard(world, 'web2', health)).toBe(before);
    expect(before).not.toContain(live);
  });

  test('and a rollback brings every host back', async () => {
    const ill = liveRelease(world);
    expect(await world.fab(['production', 'rollback', '--yes'])).toMatchObject({ status: 0 });
    expect(liveRelease(world)).not.toBe(ill);
    for (const host of hosts) expect(await heard(world, host, health)).toContain(liveRelease(world));
  });

  test('a build that fails publishes nothing', async () => {
    const before = liveRelease(world);
    repository.commit({ 'build.mjs': 'console.error("no greeting");\nprocess.exitCode = 3;\n' });
    const { status, stdout, stderr } = await world.fab(['production', 'deploy', '--yes']);
    expect(status).toBe(1);
    expect(stdout + stderr).toMatch(/app\.build failed on web\d.*\n\n {4}npm run build\n/);
    expect(stdout + stderr).toContain('no greeting');
    expect(liveRelease(world)).toBe(before);
  });
});
