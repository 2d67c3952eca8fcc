import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import { jsonLines, openWorld, treeOf, until, well, type Repository, type World } from './world.ts';

describeFleet('namespaces', 'what comes out', () => {
  let world: World;
  let app: Repository;
  const fab = (...words: readonly string[]) => world.fab(['staging', ...words]);
  beforeAll(async () => {
    world = await openWorld({ kind: 'namespaces', hosts: 2 });
    app = world.repository('app', { 'a.txt': 'one\n' });
    world.environment('staging', { settings: { code_repo: app.path, build: ['echo to stdout; echo to stderr >&2'] } });
  });
  afterAll(async () => world.stop());

  test('--plan changes nothing on the hosts, as text and as JSON', async () => {
    const trees = () => world.fleet.hosts.map((host) => treeOf(host.path('.')));
    const empty = trees();
    const text = await well(fab('deploy', '--plan'));
    expect(text.stdout).toContain('release.publish');
    expect(trees()).toEqual(empty);
    await well(fab('deploy', '--yes'));
    app.commit({ 'a.txt': 'two\n' }, 'Two');
    const before = trees();
    for (const words of [['deploy'], ['setup_release'], ['clean_releases'], ['hotfix_deploy'], ['deploy', '--resume']])
      await well(fab(...words, '--plan'));
    const [plan, ...more] = jsonLines((await well(fab('deploy', '--plan', '--json'))).stdout);
    expect(more).toEqual([]);
    expect(JSON.stringify(plan)).toContain('release.publish');
    for (const view of ['releases', 'status', 'history', 'doctor', 'preview_deploy']) {
      const ran = await fab(view);
      expect([view, ran.status]).toEqual([view, view === 'doctor' ? ran.status : 0]);
    }
    expect(trees()).toEqual(before);
  });

  test('--json: lines of JSON on standard output alone', async () => {
    app.commit({ 'a.txt': String(Math.random()) });
    const ran = await well(fab('deploy', '--yes', '--json'));
    const events = jsonLines<{ type: string; outcome?: { status: number } }>(ran.stdout);
    const types = events.map(({ type }) => type);
    expect(types[0]).toBe('run-started');
    expect(types.at(-1)).toBe('run-finished');
    expect(types).toEqual(expect.arrayContaining(['host-succeeded', 'published', 'output', 'command-started']));
    expect(events.at(-1)?.outcome?.status).toBe(0);
    expect(ran.stderr).toContain('deploy on staging is done');
    for (const view of ['releases', 'status', 'history', 'doctor', 'preview_deploy'])
      expect(jsonLines((await fab(view, '--json')).stdout)).toHaveLength(1);
    const refused = await fab('rollback', '--to', '2020-01-01_00.00.00', '--json');
    expect(refused).toMatchObject({ status: 2, stdout: '' });
    const remote = await fab('run', 'echo one; exit 7', '--json');
    expect(remote.status).toBe(7);
    expect(jsonLines<{ type: string }>(remote.stdout).at(-1)?.type).toBe('run-finished');
  });

  test('--trace FILE says where the time went, or nothing is begun', async () => {
    const file = join(world.folder, 'trace.json');
    await well(fab('run', 'true', '--trace', file));
    const { traceEvents } = JSON.parse(readFileSync(file, 'utf8')) as { traceEvents: readonly { name: string }[] };
    expect(traceEvents.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['start and load', 'connect, survey and plan run', 'command.run']),
    );
    const refused = await fab('run', 'true', '--trace', join(world.folder, 'nowhere/trace.json'));
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('--trace cannot write')]);
    // A run that went well is no failure because a disk filled up meanwhile.
    rmSync(file);
    const running = world.start(['staging', 'run', 'sleep 3', '--trace', file]);
    await until(() => existsSync(file));
    rmSync(file);
    mkdirSync(file);
    const late = await running.ended;
    expect([late.status, late.stderr]).toEqual([0, expect.stringContaining('--trace cannot write')]);
  });

  test('--quiet says what is needed, --verbose everything', async () => {
    app.commit({ 'a.txt': String(Math.random()) });
    const quiet = await well(fab('deploy', '--yes', '--quiet'));
    expect(quiet.stderr).toBe('');
    expect(quiet.stdout).not.toContain('to stdout');
    expect(quiet.stdout).toContain('is live on all 2 hosts, read back.');
    app.commit({ 'a.txt': String(Math.random()) });
    const verbose = await well(fab('deploy', '--yes', '--verbose'));
    expect(verbose.stdout).toContain('[web1] to stderr');
    expect(verbose.stdout).toContain('echo to stdout; echo to stderr >&2');
  });

  test('several tasks in one line: planned together, run in order, the first failure stops', async () => {
    app.commit({ 'a.txt': String(Math.random()) });
    const before = world.current('staging');
    const ran = await well(
      fab('setup_release', 'deploy', '--yes', 'rollback', '--yes', 'clean_releases', '--keep', '1', '--yes'),
    );
    expect(ran.stdout).toMatch(
      /setup_release on staging is done[^]*deploy on staging is done[^]*rollback on staging is done[^]*clean_releases on staging is done/,
    );
    expect(world.current('staging')).toEqual(before);
    // One connection for all of them.
    const connections = world.host('web1').connections();
    const stopped = await fab('run', 'true', 'run', 'exit 9', 'deploy', '--yes');
    expect(stopped.status).toBe(9);
    expect(stopped.stdout).not.toContain('deploy on staging');
    expect(world.host('web1').connections()).toBe(connections + 1);
    // A mistake in the second is told before the first is begun.
    const releases = world.releases('web1', 'staging');
    const refused = await fab('deploy', '--yes', '--same-commit', 'rollback', '--to', '2020-01-01_00.00.00', '--yes');
    expect(refused.status).toBe(2);
    expect(world.releases('web1', 'staging')).toEqual(releases);
  });

  test('`run` passes the status on: the largest, 128 + signal, 125 for a fault of ours', async () => {
    expect((await fab('run', 'true')).status).toBe(0);
    expect((await fab('run', '[ "$(uname -n)" = web1 ] && exit 3; exit 5')).status).toBe(5);
    expect((await fab('run', 'exit 255')).status).toBe(255);
    expect((await fab('run', 'kill -KILL $$')).status).toBe(137);
    expect((await fab('run', 'kill -SEGV $$')).status).toBe(139);
    const lost = await fab('run', '[ "$(uname -n)" = web1 ] || kill -KILL $PPID; sleep 1');
    expect(lost.status).toBeGreaterThan(124);
    const text = await fab('run', `printf '%s|' "it's" 'a "b"' '$(id)' '“ü”😀'; echo`, '--limit', 'web2');
    expect(text.stdout).toContain(`[web2] it's|a "b"|$(id)|“ü”😀|`);
    expect(text.stdout).not.toContain('[web1]');
  });

  test('a great deal of output, and lines without an end', async () => {
    const much = await fab('run', 'yes 0123456789012345678901234567890123456789 | head -c 20000000', '--quiet');
    expect(much.status).toBe(0);
    expect(much.seconds).toBeLessThan(60);
    const endless = await fab('run', 'head -c 20000000 /dev/zero | tr "\\0" x', '--limit', 'web1', '--quiet');
    expect(endless.status).toBe(0);
    expect(endless.seconds).toBeLessThan(30);
  });

  test('no fabfile and one of one’s own; hyphens, aliases and Fabric’s spelling', async () => {
    const file = world.write({
      'own.ts': `import { defaultTasks, everyHost, view } from 'fabwright';
const hello: string = 'hello';
export default [...defaultTasks({ roles: [everyHost] }).filter(({ name }) => name !== 'doctor'),
  view({ name: 'hosts', description: 'Count.', show: ({ hosts }) => ({ text: hello + ' ' + hosts.length, json: hosts.length }) })];`,
    });
    const own = await well(fab('hosts', '--fabfile', file));
    expect(own.stdout).toBe('hello 2\n');
    expect((await fab('hosts')).status).toBe(2);
    await well(fab('check-status'));
    await well(fab('setup-release:keep_days=2,branch=master'));
    const listed = await well(fab('-l'));
    for (const task of ['deploy', 'rollback', 'setup_release', 'clean_releases', 'run', 'releases', 'status'])
      expect(listed.stdout).toMatch(new RegExp(`^ +${task} `, 'm'));
  });
});
