import { readdirSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { releaseIdAt } from '../../src/model/release-name.ts';
import { describeFleet } from '../fleet/describe.ts';
import { openWorld, until, well, type Repository, type World } from './world.ts';

describeFleet('namespaces', 'releases that stay and go', () => {
  let world: World;
  let app: Repository;
  const fab = (...words: readonly string[]) => well(world.fab(['staging', ...words]));
  const names = (host = 'web1') => world.releases(host, 'staging');
  const deploys = async (times: number): Promise<readonly string[]> => {
    const made: string[] = [];
    for (let n = 0; n < times; n += 1) {
      app.commit({ 'a.txt': String(Math.random()) });
      await fab('deploy', '--yes');
      made.push(world.current('staging')['web1']?.replace('releases/', '') ?? '');
    }
    return made;
  };
  const refs = async (host: string): Promise<readonly string[]> =>
    (
      await world
        .host(host)
        .exec(
          "git -c safe.directory='*' --git-dir=/home/deploy/www/staging/.fab/repo.git for-each-ref --format='%(refname:lstrip=3)'",
        )
    ).stdout
      .trim()
      .split('\n');

  beforeAll(async () => {
    world = await openWorld({ kind: 'namespaces', hosts: 2 });
    app = world.repository('app');
    world.environment('staging', { settings: { code_repo: app.path } });
  });
  afterAll(async () => world.stop());
  beforeEach(() => world.fleet.hosts.forEach((host) => rmSync(host.path('www'), { recursive: true, force: true })));

  test('a pinned private release survives six deploys, an unpinned one is cleaned; five successful ones stay', async () => {
    const pinned = await fab('setup_release', '--keep-days', '10');
    const [held = ''] = names();
    expect(pinned.stdout).toContain(`/home/deploy/www/staging/releases/${held}`);
    expect(world.current('staging')).toEqual({ web1: undefined, web2: undefined });
    expect(readdirSync(world.host('web1').path(`www/staging/releases/${held}`))).toContainEqual(
      expect.stringMatching(/^KEEP_UNTIL__\d{4}-\d\d-\d\d_\d\d\.\d\d\.\d\d$/),
    );
    // One host, unless asked otherwise.
    expect(names('web2')).toEqual([]);
    // Releases are named by the second, and a limited run does not see the other hosts' names.
    await until(() => releaseIdAt(new Date()) > held);
    const limited = await fab('setup_release', '--limit', 'web2');
    const [loose = ''] = names('web2');
    expect(limited.stdout).toContain(loose);
    expect(names('web1')).toEqual([held]);

    const made = await deploys(6);
    expect(names('web1')).toEqual([held, ...made.slice(1)]);
    expect(names('web2')).toEqual(made.slice(1));
    expect(await refs('web1')).toEqual([held, ...made.slice(1)]);
    expect(await refs('web2')).toEqual(made.slice(1));
    const listed = await fab('releases');
    expect(listed.stdout).toMatch(new RegExp(`${held} +built .* until \\d{4}-`));

    // Fewer on request; first only shown.
    const before = names();
    const plan = await fab('clean_releases', '--keep', '2', '--plan');
    expect(plan.stdout).toContain('Cleaning would delete 3 releases');
    expect(plan.stdout).toContain(`${made[5] ?? ''}  live`);
    expect(plan.stdout).toMatch(new RegExp(`${held} +pinned until`));
    expect(names()).toEqual(before);
    await fab('clean_releases', '--keep', '2', '--yes');
    expect(names('web1')).toEqual([held, ...made.slice(4)]);
    expect(names('web2')).toEqual(made.slice(4));
  });

  test('a private release on all hosts is promoted by its name', async () => {
    const [first = ''] = await deploys(1);
    app.commit({ 'b.txt': 'b\n' });
    await fab('setup_release', '--all-hosts', '--keep-days', '1');
    const id = names().at(-1) ?? '';
    expect(names('web2')).toEqual(names('web1'));
    expect(world.current('staging')).toEqual({ web1: `releases/${first}`, web2: `releases/${first}` });
    // Unnamed, there is nothing of deploy's own to go on with but what is live.
    await fab('deploy', '--resume', '--yes');
    expect(world.current('staging')['web1']).toBe(`releases/${first}`);
    await fab('deploy', '--resume', id, '--yes');
    expect(world.current('staging')).toEqual({ web1: `releases/${id}`, web2: `releases/${id}` });
    await fab('rollback', '--yes');
    expect(world.current('staging')).toEqual({ web1: `releases/${first}`, web2: `releases/${first}` });
  });

  test('a private release on one host is completed on the others when it is promoted', async () => {
    await fab('setup_release');
    const [id = ''] = names();
    await fab('deploy', '--resume', id, '--yes');
    expect(world.current('staging')).toEqual({ web1: `releases/${id}`, web2: `releases/${id}` });
    expect(world.read('web2', 'staging', `releases/${id}/README.md`)).toBe('An application.\n');
  });

  test('a release that a process works in stays, and so does one that another run is building', async () => {
    const [first = ''] = await deploys(1);
    await world
      .host('web2')
      .exec(`cd /home/deploy/www/staging/releases/${first} && (setsid sleep 300 </dev/null >/dev/null 2>&1 &)`);
    const building = world.start(['staging', 'setup_release', '--set', 'build=["sleep 300"]', '--limit', 'web1']);
    await until(async () => (await world.host('web1').exec('pgrep -f "^sleep 30[0]"')).code === 0);
    const privately = names('web1').find((name) => name !== first) ?? '';
    const made = await deploys(3);
    const cleaned = await fab('clean_releases', '--keep', '1', '--yes');
    expect(cleaned.stderr).toMatch(new RegExp(`${first} +in use by a process on web2`));
    expect(cleaned.stderr).toMatch(new RegExp(`${privately} +(in use by a process|held by another run) on web1`));
    expect(names('web1')).toEqual([first, privately, ...made.slice(1)].sort());
    building.child.kill('SIGINT');
    expect((await building.ended).status).toBe(130);
    await world.host('web2').exec('pkill -f "^sleep 30[0]"');
    await fab('clean_releases', '--keep', '1', '--yes');
    // The live one and what a rollback would go back to.
    expect(names('web1')).toEqual(made.slice(1));
  });
});

describeFleet('namespaces', 'where processes of others cannot be seen', () => {
  test('nothing younger than seven days is deleted', async () => {
    const world = await openWorld({ kind: 'namespaces', hosts: 1, sudoers: '# nobody may anything\n' });
    try {
      const app = world.repository('app');
      world.environment('staging', { settings: { code_repo: app.path, keep_releases: 1 } });
      for (let n = 0; n < 3; n += 1) {
        app.commit({ 'a.txt': String(n) });
        await well(world.fab(['staging', 'deploy', '--yes']));
      }
      const names = world.releases('web1', 'staging');
      expect(names).toHaveLength(3);
      const releases = '/home/deploy/www/staging/releases';
      const old = '2026-01-01_10.00.00';
      await world
        .host('web1')
        .exec(`cp -a ${releases}/${names[0] ?? ''} ${releases}/${old} && rm -f ${releases}/${old}/.fab/lock`);
      const plan = await well(world.fab(['staging', 'clean_releases', '--plan']));
      expect(plan.stdout).toMatch(
        new RegExp(`${names[0] ?? ''} +younger than 7 days, and processes of other users cannot be seen`),
      );
      await well(world.fab(['staging', 'clean_releases', '--yes']));
      expect(world.releases('web1', 'staging')).toEqual(names);
    } finally {
      await world.stop();
    }
  });
});
