import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../../end-to-end/world.ts';
import { describeFleet } from '../../fleet/describe.ts';
import { formOf, submit } from '../client/forms.ts';
import { lines, openApplicationHost, type ApplicationHost } from './application-host.ts';

const collect = ['resource_static', 'collectstatic --noinput -v 0'];
const build = ['fix_less_imports_collectstatic', 'compilejsi18n', 'build_requirejs', 'compress --force -v 0'];
const checks = ['check --deploy', 'check --deploy -t database'];

/** Each version of the application is as its name says, and no process is of two of them. */
describeFleet('namespaces', "the application's versions", () => {
  let hq: ApplicationHost;
  let commits: ApplicationHost['repository']['commits'];
  const page = (path: string) => fetch(`${hq.web}/${path}`, { redirect: 'manual', signal: AbortSignal.timeout(5000) });
  const health = (): Promise<number | undefined> =>
    page('serverup.txt').then(
      ({ status }) => status,
      () => undefined,
    );
  const version = async (): Promise<string | null> => (await page('version')).headers.get('x-commcare-version');
  const pending = async (): Promise<number> => (await hq.manage('showmigrations')).stdout.split('[ ]').length - 1;
  const well = async (command: string): Promise<void> =>
    expect({ command, ...(await hq.manage(command)) }).toMatchObject({ code: 0 });

  beforeAll(async () => {
    hq = await openApplicationHost();
    commits = hq.repository.commits;
    await hq.release(commits.first);
    for (const command of ['migrate_multi --noinput', 'create_kafka_topics', ...collect, ...build, ...checks])
      await well(command);
    await hq.start('web', lines.gunicorn);
    await hq.start('celery', lines.celery);
    await until(async () => (await health()) === 200, 30, 'gunicorn is up');
  }, 300_000);
  afterAll(() => hq.dispose());

  test.each([
    ['nullableColumn' as const, '1.1.0', 'SELECT count(received_at) FROM form_processor_xforminstance'],
    ['newTable' as const, '1.2.0', 'SELECT count(*) FROM form_processor_xformoperation'],
  ])(
    '%s has a migration that the version before goes on with',
    async (name, number, filled) => {
      const before = await version();
      await hq.release(commits[name]);
      expect(await pending()).toBe(1);
      await well('makemigrations --check');
      await well('migrate_multi --noinput');
      expect(await pending()).toBe(0);
      expect(await submit(hq.web, formOf('old code'))).toBe(201);
      expect(await hq.sql(filled)).toBe('0');
      expect(await version()).toBe(before);
      await hq.signal('web', 'HUP');
      // A request may wait for the new workers longer than we do.
      await until(async () => (await version().catch(() => undefined)) === number, 60, 'the new version answers');
      await until(async () => (await submit(hq.web, formOf('new code'))) === 201 && (await hq.sql(filled)) !== '0');
    },
    120_000,
  );

  test('a reload answers every request meanwhile, each from one version', async () => {
    await hq.release(hq.repository.next());
    const seen = new Map<string | null, number>();
    let go = true;
    const client = async (path: string): Promise<void> => {
      while (go) {
        const answer = await fetch(`${hq.web}/${path}`);
        expect(answer.status).toBe(200);
        const number = answer.headers.get('x-commcare-version');
        expect(await answer.text()).toContain(number);
        seen.set(number, (seen.get(number) ?? 0) + 1);
      }
    };
    const clients = Promise.all(['version', '', 'version?sleep=2', 'version?sleep=2'].map(client));
    await until(() => (seen.get('1.2.0') ?? 0) > 20);
    await hq.signal('web', 'HUP');
    await until(() => (seen.get('1.4.0') ?? 0) > 20);
    go = false;
    await clients;
    expect([...seen.keys()]).toEqual(['1.2.0', '1.4.0']);
  });

  test('workers of another release are told to shut down, those of this one are not', async () => {
    expect((await hq.manage('kill_stale_celery_workers')).stdout).toMatch(
      /celery@hq of 2026-11-20_09.00.01 shuts down\n1 workers, 1 of them stale/,
    );
    await until(async () => !(await hq.runs('celery')), 20, 'the worker has ended');
    await hq.start('celery', lines.celery);
    await until(() => hq.log('celery').split('ready.').length === 3, 30, 'the next one is ready');
    expect((await hq.manage('kill_stale_celery_workers')).stdout).toBe('1 workers, 0 of them stale\n');
    expect(await hq.runs('celery')).toBe(true);
  });

  test('brokenStatics and failingCheck are found before they are published', async () => {
    await hq.release(commits.brokenStatics);
    for (const command of collect) await well(command);
    expect(await hq.manage('fix_less_imports_collectstatic')).toMatchObject({
      code: 1,
      stderr: 'CommandError: style.css imports less/fonts.less, which is not there.\n',
    });
    await hq.release(commits.failingCheck);
    for (const command of [...collect, ...build]) await well(command);
    expect(await hq.manage('check --deploy')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('(hqadmin.E003) This version must not be deployed.'),
    });
  }, 120_000);

  test.each([
    ['doesNotStart' as const, undefined, undefined],
    ['answersErrors' as const, 500, 500],
    ['unhealthy' as const, 500, 200],
    ['healthHangs' as const, undefined, 200],
    ['healthRedirects' as const, 302, 200],
  ])(
    '%s passes every check, and only its health page tells (%s)',
    async (name, healthy, home) => {
      await hq.end('web');
      await hq.release(commits[name]);
      await hq.run('cp -r ../2026-11-20_09.00.01/staticfiles .');
      for (const command of checks) await well(command);
      await hq.start('web', lines.gunicorn);
      // gunicorn may linger for a minute with its door closed: a program that runs is not yet one that serves.
      if (home === undefined) await until(() => hq.log('web').includes('no worker of this version starts'), 30);
      else await until(async () => (await page('').catch(() => undefined))?.status === home, 30, 'it answers');
      expect(await health()).toBe(healthy);
      // Nor would the one end soon whose page waits for ever.
      await hq.host.exec('pkill -KILL -g "$(cat /run/web.pid)"');
      await until(async () => !(await hq.runs('web')));
      await hq.release(commits.first);
      await hq.start('web', lines.gunicorn);
      await until(async () => (await health()) === 200, 30, 'the first version is up');
    },
    120_000,
  );

  test('a fault can be made of any version', async () => {
    const { repository } = hq;
    repository.next();
    const late = repository.branch('late', { subject: 'Late', files: { 'late.txt': '' } });
    await hq.release(late);
    expect((await hq.run('cat corehq/version.py; ls late.txt')).stdout).toBe('VERSION = "1.5.0-late"\nlate.txt\n');
    expect(await pending()).toBe(0);
    await hq.release(repository.next());
    expect((await hq.run('cat corehq/version.py; ls late.txt')).stdout).toBe('VERSION = "1.6.0"\n');
  });
});
