import { existsSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import { until, well } from '../end-to-end/world.ts';
import { background, openProduction, type Production } from './production.ts';

describeFleet('namespaces', 'releases of the CommCare fleet', () => {
  let world: Production;
  beforeAll(async () => void (world = await openProduction()));
  afterAll(async () => world.stop());

  test('a first deploy brings everything up', async () => {
    await well(world.prod('deploy', '--yes'));
    const live = world.live('web1');
    expect(live).not.toBe('');
    for (const host of ['web2', 'worker1']) expect(world.live(host)).toBe(live);
    expect(await world.programs('web1')).toEqual({ django: 'RUNNING' });
    expect(await world.programs('worker1')).toEqual(background);
    expect(await world.answer('web1')).toBe(live);
    expect(await world.answer('web2')).toBe(live);
    expect(world.notices().map(({ event }) => event)).toEqual(['deploy_started', 'deploy_success']);
    // Each step that concerns the whole application was done once, on the deploy host.
    const done = world.calls().map((line) => line.replace(`${live} `, ''));
    for (const once of ['migrate_multi --noinput', 'create_kafka_topics', 'ptop_es_manage --flip_all_aliases'])
      expect(done.filter((line) => line === once)).toEqual([once]);
    expect(world.calls('web2').filter((line) => line.includes('migrate'))).toEqual([]);
    expect(world.calls('worker1').filter((line) => line.includes('preindex_everything'))).toEqual([
      `${live} preindex_everything 8`,
    ]);
    expect(done).toContain(
      `record_deploy_success --user ${process.env['USER'] ?? 'root'} --environment prod --minutes 1 --commit ${world.repo.git('rev-parse', 'HEAD')}`,
    );
  });

  test('every release has a Python of its own', async () => {
    const live = world.live('worker1');
    const ran = await well(world.prod('manage', 'where'));
    const path = `/home/deploy/www/prod/releases/${live}`;
    expect(ran.stdout + ran.stderr).toContain(`${path} ${path}/python_env`);
  });

  test('static files are named alike on the hosts that serve them and on those that link to them', () => {
    const path = `releases/${world.live('web1')}/staticfiles/CACHE/manifest.json`;
    const manifest = world.read('worker1', 'prod', path);
    expect(world.read('web1', 'prod', path)).toBe(manifest);
    expect(world.read('web2', 'prod', path)).toBe(manifest);
  });

  test('a preindex that takes long ends a deploy with 5; a resume goes on', async () => {
    world.repo.commit({ 'version.txt': 'two\n', 'migrations/0002_more.txt': '' }, 'More');
    await world.touch('worker1', 'hold-preindex');
    const before = world.live('web1');
    const running = world.start(['prod', 'deploy', '--yes', '--preindex-wait', '20']);
    await until(() => running.said().includes('▸ preindex.gate'), 90, 'the gate');
    // Services wait for a deploy, unless somebody insists.
    expect((await world.prod('supervisorctl', 'status')).status).toBe(3);
    await well(world.prod('supervisorctl', 'status', '--during-deploy'));
    const first = await running.ended;
    expect(first.status).toBe(5);
    expect(world.notices().at(-1)?.sentence).toContain('waits for its preindex');
    // The administrators heard of it from the release that works.
    expect(world.calls().some((line) => line.startsWith(`${before} mail_admins --subject`))).toBe(true);
    expect(first.stderr + first.stdout).toContain(`deploy --resume ${world.newest('web1')}`);
    expect(world.live('web1')).toBe(before);
    const still = await world.prod('deploy', '--resume', '--yes', '--preindex-wait', '0');
    expect(still.status).toBe(5);
    // One that fails is told with its last words; the next resume starts it again.
    await world.touch('worker1', 'break-preindex');
    await world.remove('worker1', 'hold-preindex');
    const broken = await world.prod('deploy', '--resume', '--yes');
    expect(broken.status).toBe(1);
    expect(broken.stdout).toContain('the index is broken');
    await world.remove('worker1', 'break-preindex');
  });

  test('what was stopped for a failing migration runs again, and nothing else does', async () => {
    await world.touch('web1', 'break-migrate');
    await well(world.prod('supervisorctl', 'stop commcare-hq-prod-celery_celery_0', '--limit', 'worker1'));
    const events = world.events().length;
    const failed = await world.prod('deploy', '--resume', '--yes');
    expect(failed.status).toBe(1);
    expect(world.events(events).filter(({ what }) => what === 'stopped')).toHaveLength(3);
    // For supervisor they run when they are a second old; they have said so when Python is there.
    await until(() => world.events(events).filter(({ what }) => what === 'started').length === 3, 20, 'a line of each');
    expect(await world.programs('worker1')).toEqual({ ...background, celery_celery_0: 'STOPPED' });
    expect(world.notices().at(-1)).toMatchObject({
      event: 'deploy_failure',
      sentence: expect.stringContaining('has failed') as unknown,
    });
    await world.remove('web1', 'break-migrate');
  });

  test('migrations run while celery and pillows are stopped', async () => {
    const events = world.events().length;
    await well(world.prod('deploy', '--resume', '--yes'));
    expect(world.live('web1')).toBe(world.newest('web1'));
    expect(await world.answer('web2')).toBe(world.newest('web1'));
    const time = (what: string) =>
      Number(
        world
          .calls()
          .filter((line) => line.startsWith(what))
          .at(-1)
          ?.split(' ')[1],
      );
    const paused = world.events(events).slice(0, 6);
    expect(paused.map(({ what }) => what)).toEqual([
      ...['stopped', 'stopped', 'stopped'],
      ...['started', 'started', 'started'],
    ]);
    expect(Math.max(...paused.slice(0, 3).map(({ at }) => at))).toBeLessThan(time('migrate-begins'));
    expect(Math.min(...paused.slice(3).map(({ at }) => at))).toBeGreaterThan(time('migrate-ends'));
    expect(await world.programs('worker1')).toEqual(background);
  });

  test('perform_system_checks runs them on the live release', async () => {
    await well(world.prod('perform_system_checks'));
    expect(world.calls().slice(-2)).toEqual([
      `${world.live('web1')} check --deploy`,
      `${world.live('web1')} check --deploy -t database`,
    ]);
    await world.touch('web1', 'break-check');
    expect((await world.prod('perform_system_checks')).status).toBe(1);
    const before = world.live('web1');
    expect((await world.prod('deploy', '--yes', '--same-commit')).status).toBe(1);
    expect(world.live('web1')).toBe(before);
    await world.remove('web1', 'break-check');
  });

  test('a private release is made on one host, and commands run in it', async () => {
    const before = world.live('worker1');
    world.repo.git('checkout', '-q', '-b', 'side');
    const commit = world.repo.commit({ 'version.txt': 'side\n' }, 'Aside');
    world.repo.git('checkout', '-q', 'master');
    const ran = await well(world.prod('setup_limited_release', '--branch', 'side'));
    const made = world.newest('worker1');
    expect(ran.stdout + ran.stderr).toContain(`/home/deploy/www/prod/releases/${made}`);
    expect(world.releases('web1', 'prod')).not.toContain(made);
    expect(JSON.parse(world.read('worker1', 'prod', `releases/${made}/.fab/release.json`))).toMatchObject({ commit });
    const files = readdirSync(world.host('worker1').path(`www/prod/releases/${made}`));
    expect(files.filter((name) => name.startsWith('KEEP_UNTIL__'))).toHaveLength(1);
    const where = await well(world.prod('manage', 'where', '--release', made));
    expect(where.stdout + where.stderr).toContain(`releases/${made} `);
    expect(world.live('worker1')).toBe(before);
  });

  test('rollback goes back over migrations only when told, and so do the processes', async () => {
    const releases = world.read('web1', 'prod', 'RELEASES.txt').trimEnd().split('\n');
    const previous = releases.at(-2)?.split('/').at(-1) ?? '';
    const refused = await world.prod('rollback', '--yes');
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('brought database.migrate')]);
    await well(world.prod('rollback', '--yes', '--over-migrations'));
    for (const host of ['web1', 'web2', 'worker1']) expect(world.live(host)).toBe(previous);
    expect(await world.answer('web1')).toBe(previous);
    expect(await world.programs('worker1')).toEqual(background);
  });

  test('force_update_static publishes the live commit again, in a release of its own', async () => {
    const before = world.live('web1');
    const commit = (release: string) =>
      (JSON.parse(world.read('web1', 'prod', `releases/${release}/.fab/release.json`)) as { commit: string }).commit;
    await well(world.prod('force_update_static', '--yes'));
    const after = world.live('web1');
    expect(after > before).toBe(true);
    expect(commit(after)).toBe(commit(before));
    const manifest = (release: string) =>
      world.read('web1', 'prod', `releases/${release}/staticfiles/CACHE/manifest.json`);
    expect(manifest(after)).not.toBe(manifest(before));
    // The Python that was taken over knows where it lives now.
    const config = world.read('web1', 'prod', `releases/${after}/python_env/pyvenv.cfg`);
    expect(config).not.toContain(before);
    expect(await world.answer('web1')).toBe(after);
  });

  test('a hotfix takes the Python and the static files over', async () => {
    const before = world.live('web1');
    world.repo.commit({ 'version.txt': 'three\n' }, 'A fix');
    await well(world.prod('hotfix_deploy', '--yes'));
    const after = world.live('web1');
    expect(world.read('web1', 'prod', `releases/${after}/version.txt`)).toBe('three\n');
    expect(world.read('web1', 'prod', `releases/${before}/version.txt`)).not.toBe('three\n');
    expect(existsSync(world.host('worker1').path(`www/prod/releases/${after}/staticfiles/site.css`))).toBe(true);
    expect(await world.answer('web2')).toBe(after);
  });
});
