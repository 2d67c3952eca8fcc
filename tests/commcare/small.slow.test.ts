import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import { well } from '../end-to-end/world.ts';
import { openCommcareWorld, type CommcareWorld } from './commcare-world.ts';

describeFleet('namespaces', 'the CommCare fabfile on one host', () => {
  let world: CommcareWorld;
  beforeAll(async () => void (world = await openCommcareWorld(['mono1'])));
  afterAll(async () => world.stop());
  const commands = (environment: string) =>
    world.shared('mono1', 'calls.txt', environment).map((line) => line.split(' ').slice(1).join(' '));

  test('a monolith does each step once', async () => {
    const all = ['webworkers', 'celery', 'pillowtop', 'proxy', 'formplayer', 'django_manage', 'deploy'];
    world.furnish('mono', {
      groups: Object.fromEntries(all.map((group) => [group, ['mono1']])),
      port: 8081,
      processes: { celery_processes: { mono1: { celery: {} } }, pillows: { mono1: { case: {} } } },
    });
    await well(world.on('mono', 'deploy', '--yes'));
    expect(await world.answer('mono1', 8081)).toBe(world.live('mono1', 'mono'));
    expect(await world.programs('mono1', 'mono')).toEqual({
      celery_celery_0: 'RUNNING',
      django: 'RUNNING',
      'pillowtop-case-0': 'RUNNING',
    });
    const done = commands('mono').filter((line) => !line.startsWith('record_deploy_success'));
    expect(done).toEqual([...new Set(done)]);
    expect(done).toContain('migrate_multi --noinput');
  });

  test('a small Django project has only a group of web workers, and the commands that Django has', async () => {
    world.furnish('plain', {
      groups: { webworkers: ['mono1'] },
      port: 8082,
      processes: {},
      settings: { app: 'django', compress_commands: [], system_check_commands: ['check --fail-level ERROR'] },
    });
    const ran = await well(world.on('plain', 'deploy', '--yes', '--preindex-wait', '0'));
    expect(ran.stdout).toContain('celery.pause skipped: no host has its role');
    expect(commands('plain')).toEqual([
      'collectstatic --noinput -v 0',
      'showmigrations',
      'migrate --noinput',
      'check --fail-level ERROR',
    ]);
    expect(await world.answer('mono1', 8082)).toBe(world.live('mono1', 'plain'));
  });
});
