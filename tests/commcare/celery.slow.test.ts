import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import { openRollingWorld, until, well, type RollingWorld } from './rolling-world.ts';

jest.setTimeout(300_000);

interface Said {
  readonly what: string;
  readonly task: number;
  readonly release: string;
}

describeFleet('namespaces', 'celery workers', () => {
  let world: RollingWorld;
  const settings = (more: Readonly<Record<string, unknown>> = {}): void =>
    world.settings({
      celery_command:
        '{python} -m celery -A tasks worker --queues={queues} --concurrency=2 --pool={pool} --hostname={host}_{name}_{started} --loglevel=INFO',
      ...more,
    });
  const said = (): readonly Said[] =>
    world
      .shared('worker1', 'tasks.txt')
      .filter((line) => line !== '')
      .map((line) => line.split(' '))
      .map(([what = '', task = '', release = '']) => ({ what, task: Number(task), release }));
  const of = (what: string): readonly Said[] => said().filter((each) => each.what === what);
  const queue = async (tasks: readonly number[], seconds: number): Promise<void> => {
    const lines = tasks.map((task) => `tasks.work.delay(${task}, ${seconds})`).join('; ');
    const sent = await world
      .host('worker1')
      .exec(`su deploy -c 'cd ~/www/prod/current && python_env/bin/python -c "import tasks; ${lines}"'`);
    expect(sent).toMatchObject({ code: 0 });
  };
  /** Processes of the worker's program, by the release that they are in. */
  const workers = async (): Promise<readonly string[]> => {
    const { stdout } = await world
      .host('worker1')
      .exec(`for p in $(pgrep -f '[c]elery -A tasks'); do readlink /proc/$p/cwd; done | sort -u`);
    return stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split('/').at(-1) ?? '']));
  };

  /** When migrations began. */
  const migrations = (): readonly number[] =>
    world.shared('web1', 'calls.txt').flatMap((line) => {
      const [what, at] = line.split(' ');
      return what === 'migrate-begins' ? [Number(at)] : [];
    });

  beforeAll(async () => {
    world = await openRollingWorld();
    settings();
    await world.host('worker1').exec('redis-server --daemonize yes --save ""');
    await well(world.fab1('deploy', '--yes'));
  }, 600_000);
  afterAll(async () => world.stop());

  test('a restart waits for no task: each ends where it was begun, once, while new ones begin beside it', async () => {
    const before = world.live('worker1');
    await world.touch('worker1', 'hold');
    await queue([1, 2, 3, 4, 5, 6], 0);
    await until(() => of('begun').length === 2, 30, 'two tasks');
    world.repo.commit({ 'version.txt': 'two\n' });
    const ran = await well(world.fab1('deploy', '--yes'));
    const after = world.live('worker1');
    expect(after > before).toBe(true);
    expect(ran.stdout).toContain(`commcare-hq-prod-celery_celery_0 ends with the tasks that are begun, in ${before}`);
    await world.remove('worker1', 'hold');
    await until(() => of('ended').length === 6, 120, 'all tasks');
    const begun = of('begun');
    expect(begun.map(({ task }) => task).sort()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(new Set(begun.slice(0, 2).map(({ release }) => release))).toEqual(new Set([before]));
    expect(begun.at(-1)?.release).toBe(after);
    for (const { task, release } of of('ended'))
      expect(begun.find((each) => each.task === task)?.release).toBe(release);
    await until(async () => (await workers()).length === 1, 20, 'one worker');
    expect(await workers()).toEqual([after]);
  });

  test('cleaning leaves a release alone whose tasks still run', async () => {
    const before = world.live('worker1');
    await world.touch('worker1', 'hold');
    await queue([11], 0);
    await until(() => of('begun').length === 7, 30, 'a task');
    for (const name of ['three', 'four']) {
      world.repo.commit({ 'version.txt': `${name}\n` });
      await well(world.fab1('hotfix_deploy', '--yes', '--keep', '1'));
    }
    await well(world.fab1('clean_releases', '--yes', '--keep', '1'));
    expect(world.releases('worker1', 'prod')).toContain(before);
    await world.remove('worker1', 'hold');
    await until(() => of('ended').some(({ task }) => task === 11), 90, 'the task');
    expect(of('ended').at(-1)).toMatchObject({ task: 11, release: before });
  });

  test('a migration waits for tasks, and does not run beside one that is still there', async () => {
    const before = world.live('worker1');
    const migratedBefore = migrations();
    world.repo.commit({ 'migrations/0002_more.txt': '' });
    settings({ tasks_timeout: 3 });
    await world.touch('worker1', 'hold');
    await queue([21], 0);
    await until(() => of('begun').some(({ task }) => task === 21), 30, 'a task');
    const early = await world.fab1('deploy', '--yes');
    expect(early.status).toBe(5);
    expect(early.stdout).toContain('Tasks of commcare-hq-prod-celery_celery_0 still run on worker1 after 3 s');
    expect(world.live('worker1')).toBe(before);
    expect((await world.programs('worker1'))['celery_celery_0']).toBe('RUNNING');
    expect(migrations()).toEqual(migratedBefore);
    settings();
    const resumed = world.begin('deploy', '--resume', '--yes');
    await until(() => resumed.said().includes('stopped commcare-hq-prod-celery_celery_0'), 90, 'the stop');
    await pause(2000);
    await world.remove('worker1', 'hold');
    await well(resumed.ended);
    const ended = Number(
      world
        .shared('worker1', 'tasks.txt')
        .find((line) => line.startsWith('ended 21'))
        ?.split(' ')[3],
    );
    expect(migrations()).toHaveLength(migratedBefore.length + 1);
    expect(migrations().at(-1)).toBeGreaterThan(ended);
    expect((await world.programs('worker1'))['celery_celery_0']).toBe('RUNNING');
  });

  test('a worker shuts down warm whatever becomes of what supervisord runs', async () => {
    await queue([31], 8);
    await until(() => of('begun').some(({ task }) => task === 31), 30, 'a task');
    await world.host('worker1').exec(`kill -9 $(pgrep -o -f '[s]h -c t=.*celery_celery_0')`);
    await until(() => of('ended').some(({ task }) => task === 31), 30, 'the task');
    await until(async () => (await world.programs('worker1'))['celery_celery_0'] === 'RUNNING', 30, 'the next worker');
    await pause(2000);
    const { stdout } = await world.host('worker1').exec(`pgrep -c -f '[s]h -c t=.*celery_celery_0'`);
    expect(stdout.trim()).toBe('1');
    expect(await workers()).toEqual([world.live('worker1')]);
  });

  test('programs are stopped, started and restarted by name', async () => {
    const states = () => world.programs('worker1');
    await well(world.fab1('stop_celery', '--only', 'celery_0'));
    expect(await states()).toMatchObject({ celery_celery_0: 'STOPPED', 'pillowtop-case-0': 'RUNNING' });
    const wrong = await world.fab1('restart_pillows', '--only', 'case-0,nobody');
    expect(wrong.status).toBe(1);
    expect(wrong.stdout).toContain(
      'No host has a program nobody of pillow; there are: commcare-hq-prod-pillowtop-case-0.',
    );
    await well(world.fab1('start_celery', '--only', 'celery_celery_0'));
    const events = world.shared('worker1', 'events.txt').length;
    await well(world.fab1('restart_pillows', '--only', 'case-0', '--limit', 'worker1'));
    // For supervisor it runs when it is a second old; it has said so when Python is there.
    await until(() => world.shared('worker1', 'events.txt').length === events + 2, 20, 'a line of the new one');
    expect(
      world
        .shared('worker1', 'events.txt')
        .slice(events)
        .map((line) => line.split(' ')[0]),
    ).toEqual(['stopped', 'started']);
    await well(world.fab1('restart_celery'));
    expect(await states()).toEqual({ celery_celery_0: 'RUNNING', 'pillowtop-case-0': 'RUNNING' });
  });

  test('what a killed run had stopped for a migration, the next run of any task starts first of all', async () => {
    world.repo.commit({ 'migrations/0003_more.txt': '' });
    settings({ migrate_command: ['shell -c "import time; time.sleep(20)"'] });
    await well(world.fab1('stop_pillows'));
    const run = world.begin('deploy', '--yes');
    await until(() => run.said().includes('▸ database.migrate'), 90, 'the migration');
    expect((await world.programs('worker1'))['celery_celery_0']).toBe('STOPPED');
    run.child.kill('SIGKILL');
    await run.ended;
    let ran = await world.fab1('supervisorctl', 'status');
    await until(async () => ran.status !== 3 || (ran = await world.fab1('supervisorctl', 'status')).status !== 3, 60);
    expect(ran.status).toBe(0);
    expect(await world.programs('worker1')).toEqual({ celery_celery_0: 'RUNNING', 'pillowtop-case-0': 'STOPPED' });
    await well(world.fab1('deploy', '--resume', '--yes'));
    expect(new Set(Object.values(await world.programs('worker1')))).toEqual(new Set(['RUNNING']));
  });

  test('what a run had stopped that was killed while it waited for tasks, the next run of any task starts', async () => {
    await world.touch('worker1', 'hold');
    await queue([41], 0);
    await until(() => of('begun').some(({ task }) => task === 41), 30, 'a task');
    world.repo.commit({ 'migrations/0004_more.txt': '' });
    const run = world.begin('deploy', '--yes');
    await until(() => run.said().includes('stopped commcare-hq-prod-celery_celery_0'), 90, 'the stop');
    run.child.kill('SIGKILL');
    await run.ended;
    expect((await world.programs('worker1'))['celery_celery_0']).toBe('STOPPED');
    let ran = await world.fab1('supervisorctl', 'status');
    await until(async () => ran.status !== 3 || (ran = await world.fab1('supervisorctl', 'status')).status !== 3, 60);
    expect((await world.programs('worker1'))['celery_celery_0']).toBe('RUNNING');
    await world.remove('worker1', 'hold');
    await until(() => of('ended').some(({ task }) => task === 41), 90, 'the task');
  });
});
