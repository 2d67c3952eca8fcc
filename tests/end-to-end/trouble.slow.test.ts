import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import { openWorld, well, type Repository, type World } from './world.ts';

describeFleet('namespaces', 'hosts in trouble', () => {
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
    world.environment('staging', { settings: { code_repo: app.path } });
    await well(deploy());
    live = world.current('staging');
  });
  afterAll(async () => world.stop());

  test('a changed host key is refused, saying what to type; known_hosts pins it and keeps the others', async () => {
    const file = join(world.environments, 'staging', 'known_hosts');
    const before = readFileSync(file, 'utf8');
    const lines = before.trim().split('\n');
    const [own, other] = ['web2', 'web3'].map(
      (name) => lines.find((line) => line.startsWith(world.host(name).address)) ?? '',
    );
    const forged = `${own?.split(' ')[0] ?? ''} ${other?.split(' ').slice(1).join(' ') ?? ''}`;
    writeFileSync(file, `${lines.map((line) => (line === own ? forged : line)).join('\n')}\n`);
    const refused = await deploy();
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(/host key of web2.*changed|web2.*another host key|web2.*key/i);
    expect(refused.stderr).toContain('fab staging known_hosts --limit web2');
    expect(world.current('staging')).toEqual(live);

    const asked = await world.fab(['staging', 'known_hosts']);
    expect(asked.status).toBe(2);
    expect(asked.stderr).toContain('answer it ahead with --yes'.slice(10));
    // web1 does not answer: its keys stay.
    const inventory = join(world.environments, 'staging', 'inventory.ini');
    const hosts = readFileSync(inventory, 'utf8');
    writeFileSync(inventory, hosts.replace(/^(web1 .*ansible_port=)22/m, '$19'));
    const pinned = await world.fab(['staging', 'known_hosts', '--yes']);
    writeFileSync(inventory, hosts);
    expect(pinned.status).toBe(1);
    expect(pinned.stdout).toContain('CHANGED');
    expect(pinned.stderr).toContain('its keys stay as they are');
    const after = readFileSync(file, 'utf8');
    for (const line of lines) expect(after).toContain(line);
    await well(deploy());
    live = world.current('staging');
  });

  test('an unknown host key is refused, too', async () => {
    const folder = world.environment('unknown', { settings: { code_repo: app.path } });
    writeFileSync(join(folder, 'known_hosts'), '');
    const refused = await world.fab(['unknown', 'run', 'true'], { env: { HOME: world.folder } });
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('fab unknown known_hosts');
    const pinned = await world.fab(['unknown', 'known_hosts', '--yes'], { env: { HOME: world.folder } });
    expect(pinned.status).toBe(0);
    expect(pinned.stdout).toMatch(/\+ \S+ {2}ssh-ed25519 {2}SHA256:/);
    await well(world.fab(['unknown', 'run', 'true'], { env: { HOME: world.folder } }));
  });

  test('`current` as a directory, and as a link to elsewhere: refused before anything is touched', async () => {
    const root = '/home/deploy/www/staging';
    const aside = await world
      .host('web3')
      .exec(`cd ${root} && mv current aside && mkdir current && echo mine > current/file`);
    expect(aside.code).toBe(0);
    const releases = world.releases('web1', 'staging');
    const real = await deploy();
    expect(real.status).toBe(2);
    expect(real.stderr).toContain(
      `${root}/current on web3 is a real directory or file, not a link; it will not be replaced.`,
    );
    expect(readFileSync(world.host('web3').path(`${root}/current/file`), 'utf8')).toBe('mine\n');
    await world.host('web3').exec(`cd ${root} && rm -r current && ln -s /opt/elsewhere current`);
    const foreign = await deploy();
    expect(foreign.status).toBe(2);
    expect(foreign.stderr).toContain(
      `${root}/current on web3 points to /opt/elsewhere, which is not one of the releases.`,
    );
    const rollback = await world.fab(['staging', 'rollback', '--yes']);
    expect(rollback.status).toBe(2);
    expect(world.releases('web1', 'staging')).toEqual(releases);
    await world.host('web3').exec(`cd ${root} && mv -T aside current`);
    expect(world.current('staging')).toEqual(live);
  });

  test('a host listed twice under two names is one machine', async () => {
    const folder = world.environment('twice', { settings: { code_repo: app.path } });
    const inventory = readFileSync(join(folder, 'inventory.ini'), 'utf8');
    const again = inventory.split('\n')[0]?.replace(/^web1/, 'alias1') ?? '';
    writeFileSync(join(folder, 'inventory.ini'), `${again}\n${inventory}alias1\n`);
    const refused = await world.fab(['twice', 'deploy', '--yes']);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('inventory.ini: alias1 and web1 are the same machine');
    expect(world.releases('web1', 'twice')).toEqual([]);
  });

  test('an address where nobody listens is told in time', async () => {
    const folder = join(world.environments, 'nowhere');
    mkdirSync(folder);
    writeFileSync(join(folder, 'inventory.ini'), `[web]\nghost ansible_host=127.0.0.1 ansible_port=9\n`);
    writeFileSync(join(folder, 'fab-settings.yml'), `code_repo: ${app.path}\n`);
    const refused = await world.fab(['nowhere', 'deploy', '--yes']);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(/ghost/);
    expect(refused.seconds).toBeLessThan(10);
  });
});

describeFleet('namespaces', 'a full disk', () => {
  let world: World;
  beforeAll(async () => void (world = await openWorld({ kind: 'namespaces', hosts: 2, homeBytes: 20 << 20 })));
  afterAll(async () => world.stop());

  test('during the build, before it and during the checkout: current untouched, a plain message, and room again', async () => {
    const app = world.repository('app');
    world.environment('staging', { settings: { code_repo: app.path } });
    await well(world.fab(['staging', 'deploy', '--yes']));
    const live = world.current('staging');

    app.commit({ 'b.txt': 'b\n' });
    world.environment('staging', { settings: { code_repo: app.path, build: ['head -c 60000000 /dev/zero > big'] } });
    const build = await world.fab(['staging', 'deploy', '--yes']);
    expect(build.status).toBe(1);
    expect(build.stdout).toMatch(/app\.build failed on/);
    expect(build.stdout).toContain('No space left on device');
    expect(world.current('staging')).toEqual(live);
    expect(build.stderr).not.toContain('bug of fabwright');

    // The next one is told before anything is written, and what to type. The first host to fail ends the run, which
    // may be before the other one's disk is full.
    const made = world.releases('web1', 'staging');
    const refused = await world.fab(['staging', 'deploy', '--yes']);
    expect(refused).toMatchObject({ status: 2, stdout: '' });
    expect(refused.stderr).toMatch(
      /The release will not fit on web[12]: it needs about \d+ MiB in \S+ and \d+ MiB are free\.\n.*fab staging clean_releases/,
    );
    expect(world.releases('web1', 'staging')).toEqual(made);
    await well(world.fab(['staging', 'clean_releases', '--yes']));
    expect(world.releases('web1', 'staging')).toHaveLength(1);

    // Code that does not fit, though the last release was small: on its way, and when it is written out.
    world.environment('staging', { settings: { code_repo: app.path } });
    const { randomBytes } = await import('node:crypto');
    const tooLarge = [
      ['its pack', randomBytes(20 << 20).toString('latin1'), /No space left on device|unpack/],
      ['its files', 'a'.repeat(24 << 20), /unable to write file '?big\.bin/],
    ] as const;
    for (const [what, content, words] of tooLarge) {
      app.commit({ 'big.bin': content }, `Too large: ${what}`);
      const ran = await world.fab(['staging', 'deploy', '--yes']);
      expect(ran.status).toBe(1);
      expect(`${ran.stdout}${ran.stderr}`).toMatch(words);
      expect(world.current('staging')).toEqual(live);
      expect(`${ran.stdout}${ran.stderr}`).not.toContain('bug of fabwright');
      // What it left is cleaned by one word.
      await well(world.fab(['staging', 'clean_releases', '--yes']));
      expect(world.releases('web1', 'staging')).toHaveLength(1);
      app.git('reset', '-q', '--hard', 'HEAD~1');
    }

    // And then it goes on.
    app.commit({ 'c.txt': 'c\n' }, 'Small again');
    await well(world.fab(['staging', 'deploy', '--yes']));
    expect(world.current('staging')).not.toEqual(live);
  }, 120_000);
});

describeFleet('loopback', 'a host that is down', () => {
  test('one sentence, at once, nothing touched', async () => {
    const world = await openWorld({ kind: 'loopback', hosts: 3 });
    try {
      const app = world.repository('app');
      world.environment('staging', { settings: { code_repo: app.path } });
      await world.host('web2').kill();
      const ran = await world.fab(['staging', 'deploy', '--yes']);
      expect(ran).toMatchObject({ status: 2, stdout: '' });
      expect(ran.stderr).toMatch(/web2 .*refused/);
      expect(ran.stderr).not.toMatch(/web[13]:/);
      expect(ran.seconds).toBeLessThan(10);
      expect(world.releases('web1', 'staging')).toEqual([]);
      const status = await world.fab(['staging', 'status']);
      expect(status.status).toBe(4);
      expect(status.stdout).toContain('web2 could not be asked.');
      const others = await world.fab(['staging', 'run', 'true', '--limit', 'web1,web3']);
      expect(others.status).toBe(0);
    } finally {
      await world.stop();
    }
  });
});

describeFleet('loopback', 'many hosts', () => {
  test('30 at once', async () => {
    const world = await openWorld({ kind: 'loopback', hosts: 30 });
    try {
      const app = world.repository('app', { 'a.txt': 'a\n' });
      world.environment('many', { settings: { code_repo: app.path, build: ['cat a.txt'], restart: ['true'] } });
      const ran = await well(world.fab(['many', 'deploy', '--yes']));
      expect(ran.stdout).toContain('is live on all 30 hosts, read back.');
      const [id = ''] = world.releases('web1', 'many');
      expect(new Set(Object.values(world.current('many')))).toEqual(new Set([`releases/${id}`]));
      expect(world.fleet.hosts.map((host) => host.connections())).toEqual(Array.from({ length: 30 }, () => 1));
    } finally {
      await world.stop();
    }
  });
});
