import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import { until, well } from '../end-to-end/world.ts';
import { openCommcareWorld, type CommcareWorld } from './commcare-world.ts';

const running = { celery_celery_0: 'RUNNING', 'pillowtop-case-0': 'RUNNING' };
const processes = {
  celery_processes: { worker1: { celery: {} } },
  pillows: { worker1: { case: {} } },
};

// What a deploy depends on is away. Each time: a sentence, the right status, everything as it was.
describeFleet('namespaces', 'a CommCare fleet in trouble', () => {
  let world: CommcareWorld;
  let live: string;
  const furnish = (groups: Readonly<Record<string, readonly string[]>>, name = 'prod') =>
    world.furnish(name, { groups, port: 8080, processes: name === 'prod' ? processes : {} });
  const groups = { webworkers: ['web1'], celery: ['worker1'], pillowtop: ['worker1'], django_manage: ['worker1'] };
  beforeAll(async () => void (world = await openCommcareWorld(['web1', 'worker1'])), 120_000);
  afterAll(async () => world.stop());

  const asItWas = async (): Promise<void> => {
    expect([world.live('web1'), world.live('worker1')]).toEqual([live, live]);
    expect(await world.answer('web1')).toBe(live);
    await until(async () => JSON.stringify(await world.programs('worker1')) === JSON.stringify(running));
  };
  const refused = /connection to server at "db1", port 5432 failed: Connection refused/;

  test('while nothing is the matter, it is deployed to', async () => {
    furnish(groups);
    await well(world.on('prod', 'deploy', '--yes'));
    live = world.live('web1');
    await asItWas();
    world.repo.commit({ 'version.txt': 'two\n', 'migrations/0002_more.txt': '' }, 'More');
  }, 120_000);

  test('PostgreSQL is down before anything was stopped', async () => {
    await world.touch('web1', 'database_is_down');
    const events = world.shared('worker1', 'events.txt').length;
    const ran = await world.on('prod', 'deploy', '--yes');
    expect([ran.status, ran.stdout]).toEqual([1, expect.stringMatching(refused)]);
    expect(ran.stdout).toContain('✗ database.pending-migrations failed on web1');
    expect(ran.stdout).toContain('fab prod deploy --resume');
    expect(world.shared('worker1', 'events.txt')).toHaveLength(events);
    await asItWas();
  }, 120_000);

  test('PostgreSQL goes down while it migrates: celery and pillows run again', async () => {
    await world.remove('web1', 'database_is_down');
    await world.touch('web1', 'database_goes_down');
    const ran = await world.on('prod', 'deploy', '--resume', '--yes');
    expect([ran.status, ran.stdout]).toEqual([1, expect.stringMatching(refused)]);
    expect(ran.stdout).toContain('✗ database.migrate failed on web1');
    await asItWas();
    for (const file of ['database_goes_down', 'database_is_down']) await world.remove('web1', file);
    await well(world.on('prod', 'deploy', '--resume', '--yes'));
    live = world.live('web1');
    await asItWas();
  }, 120_000);

  test('checkpoints that pillows could not start from: nothing was stopped, and one setting goes on all the same', async () => {
    world.repo.commit({ 'version.txt': 'three\n' }, 'Third');
    await world.touch('web1', 'break-checkpoints');
    const events = world.shared('worker1', 'events.txt').length;
    const ran = await world.on('prod', 'deploy', '--yes');
    expect([ran.status, ran.stdout]).toEqual([1, expect.stringContaining('2 checkpoints are not in kafka')]);
    expect(ran.stdout).toContain('--set ignore_kafka_checkpoint_warning=true');
    expect(world.shared('worker1', 'events.txt')).toHaveLength(events);
    await asItWas();
    const ignoring = ['--set', 'ignore_kafka_checkpoint_warning=true'];
    const gone = await well(world.on('prod', 'deploy', '--resume', '--yes', ...ignoring));
    expect(gone.stdout).toContain('2 checkpoints are not in kafka');
    live = world.live('web1');
    await asItWas();
    // What stands around a deploy was asked for, of the new release.
    const asked = world.shared('web1', 'calls.txt').filter((line) => line.startsWith(live));
    for (const command of ['compilemessages', 'deploy_in_progress', 'record_deploy_success'])
      expect(asked.some((line) => line.startsWith(`${live} ${command}`))).toBe(true);
    await world.remove('web1', 'break-checkpoints');
  }, 120_000);

  test('there is no group for the manage host', async () => {
    furnish({ celery: ['worker1'] }, 'headless');
    for (const words of [['manage', 'where'], ['deploy', '--yes'], ['setup_release']]) {
      const ran = await world.on('headless', ...words);
      expect([ran.status, ran.stderr]).toEqual([2, expect.stringMatching(/django_manage|webworkers/)]);
    }
  });

  test('the manage host does not answer', async () => {
    await world.host('worker1').kill();
    const manage = await world.on('prod', 'manage', 'where');
    expect([manage.status, manage.stderr]).toEqual([2, expect.stringContaining('worker1')]);
    const deploy = await world.on('prod', 'deploy', '--yes', '--same-commit');
    expect([deploy.status, deploy.stderr]).toEqual([2, expect.stringContaining('worker1')]);
    expect(world.live('web1')).toBe(live);
    expect(await world.answer('web1')).toBe(live);
  }, 120_000);
});
