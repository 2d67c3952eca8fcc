import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { existsSync, lstatSync, readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { openWorld, type Repository, type World } from '../end-to-end/world.ts';
import { describeFleet } from '../fleet/describe.ts';
import { documentedEnvironment, heard, repositoryOf } from './apps.ts';

const health = 'http://127.0.0.1:3000/up';
const root = '/home/rails/www/production';
const hosts = ['web1', 'web2'];

describeFleet('namespaces', 'an application shaped as Rails ones are, from an inventory and settings alone', () => {
  let world: World;
  let repository: Repository;
  const live = (): string => readlinkSync(path('web1', 'current')).replace('releases/', '');
  const path = (host: string, file: string): string => world.host(host).path(`${root}/${file}`);

  beforeAll(async () => {
    const users = [
      { name: 'deploy', uid: 2000 },
      { name: 'rails', uid: 2002 },
    ];
    world = await openWorld({ kind: 'namespaces', hosts: [...hosts, 'db1'], users });
    repository = repositoryOf(world, 'rails-shaped');
    documentedEnvironment(world, 'rails-shaped', repository);
  });
  afterAll(() => world.stop());

  test('without its key nothing is built; the key goes to the hosts that get code, and to nobody else', async () => {
    const refused = await world.fab(['production', 'deploy', '--yes']);
    expect(refused.status).toBe(2);
    for (const host of hosts) {
      expect(refused.stderr).toContain(`${root}/shared/config/master.key is missing on ${host}`);
      expect(existsSync(path(host, ''))).toBe(false);
    }
    expect(refused.stderr).toContain('fab production put_shared config/master.key');
    const key = world.write({ 'master.key': 'a key with «quotes» and $(commands)\n' });
    expect(await world.fab(['production', 'put_shared', 'config/master.key', key])).toMatchObject({ status: 0 });
    for (const host of hosts) {
      expect(readFileSync(path(host, 'shared/config/master.key'))).toEqual(readFileSync(key));
      expect(statSync(path(host, 'shared/config/master.key'))).toMatchObject({ uid: 2002, mode: 0o100600 });
    }
    expect(world.host('db1').connections()).toBe(0);
  });

  test('a deploy builds, migrates once and restarts', async () => {
    const { status, stdout, stderr } = await world.fab(['production', 'deploy', '--yes']);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    for (const host of hosts) {
      expect(await heard(world, host, health)).toContain(live());
      expect(readdirSync(path(host, 'current/public/assets')).length).toBe(1);
      expect(lstatSync(path(host, 'current/log')).isSymbolicLink()).toBe(true);
    }
    expect(readFileSync(path('web1', 'shared/storage/schema_migrations'), 'utf8')).toMatch(/^20261101090000 on web1 /);
    expect(existsSync(path('web2', 'shared/storage/schema_migrations'))).toBe(false);
    expect(world.host('db1').connections()).toBe(0);
    // log/.keep and tmp/pids/.keep are in git; that links replace them is no change of the build's.
    expect(stdout + stderr).not.toContain('the build changed');
  });

  test('the next one starts from the bundle of the live release, migrates what is new, and starts another server', async () => {
    const before = await heard(world, 'web2', health);
    repository.commit({ 'db/migrate/20261102090000_add_totals.rb': 'class AddTotals; end\n' });
    const { status, stdout, stderr } = await world.fab(['production', 'deploy', '--yes']);
    expect(status).toBe(0);
    expect(stdout).toContain('Using the bundle that is there');
    expect(stderr).toContain('New migrations\n  db/migrate/20261102090000_add_totals.rb');
    const migrations = readFileSync(path('web1', 'shared/storage/schema_migrations'), 'utf8').trim().split('\n');
    expect(migrations.map((line) => line.split(' ')[0])).toEqual(['20261101090000', '20261102090000']);
    const after = await heard(world, 'web2', health);
    expect(after).toContain(live());
    expect(after.split(' ')[1]).not.toBe(before.split(' ')[1]);
  });

  test('nothing that is asked about the application asks the database host', async () => {
    await world.host('db1').kill();
    const status = await world.fab(['production', 'status']);
    expect(status).toMatchObject({ status: 0 });
    expect(status.stdout).toContain(`production: all 2 hosts on ${live()}.`);
    expect((await world.fab(['production', 'doctor'])).stdout).not.toContain('db1');
    expect(world.host('db1').connections()).toBe(0);
  });
});
