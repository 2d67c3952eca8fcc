import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../../end-to-end/world.ts';
import { describeFleet } from '../../fleet/describe.ts';
import { formOf, receiver, submit } from '../client/forms.ts';
import { stubPort } from '../fleet/stub.ts';
import type { Counts } from '../fleet/world.ts';
import { lines, openApplicationHost, type ApplicationHost } from './application-host.ts';

/** The life of a form on real databases and queues, and what the application promises when its programs are stopped. */
describeFleet('namespaces', 'the application', () => {
  let hq: ApplicationHost;
  const page = (path: string) => fetch(`${hq.web}/${path}`);
  const json = async <Value>(path: string): Promise<Value> => (await (await page(path)).json()) as Value;
  const counts = () => json<Counts>('counts');
  const stub = async (path: string): Promise<string> =>
    (await hq.host.exec(`curl -s http://127.0.0.1:${stubPort}${path}`)).stdout.trim();
  const isUp = async (): Promise<boolean> => (await page('serverup.txt').catch(() => undefined))?.status === 200;

  beforeAll(async () => {
    hq = await openApplicationHost();
    await hq.release(hq.repository.commits.first);
    for (const command of ['migrate_multi --noinput', 'create_kafka_topics', 'ptop_es_manage --flip_all_aliases'])
      expect(await hq.manage(command)).toMatchObject({ code: 0 });
    await hq.start('web', lines.gunicorn);
    await hq.start('celery', lines.celery);
    await hq.start('forms', lines.pillow('xform-pillow'));
    for (const number of [0, 1]) await hq.start(`cases${number}`, lines.pillow('case-pillow', 2, number));
    await until(isUp, 90, 'gunicorn is up');
  }, 300_000);
  afterAll(() => hq.dispose());

  test('a form is received, kept with its case, told to pillows and workers, and processed once', async () => {
    const form = formOf('first');
    expect(await submit(hq.web, form)).toBe(201);
    expect(await hq.sql('SELECT form_id, domain, received_by FROM form_processor_xforminstance')).toBe(
      `${form.id}|demo|1.0.0`,
    );
    expect(await json(`a/demo/cases/case-${form.id}/`)).toEqual({
      ...{ case_id: `case-${form.id}`, type: 'visit', name: 'first', closed: false },
      ...{ properties: { note: 'first' }, last_form: form.id },
    });
    await until(async () => Object.keys((await counts()).changes).length === 2, 60, 'both pillows have seen it');
    await until(async () => (await counts()).processed === 1, 60, 'it is processed');
    expect(await counts()).toMatchObject({
      ...{
        forms: 1,
        published: 1,
        queued: 1,
        processed: 1,
        task_runs: 1,
        duplicate_task_runs: 0,
        unended_task_runs: 0,
      },
      ...{ changes: { 'case-pillow': 1, 'xform-pillow': 1 }, duplicate_changes: 0 },
    });
    expect(await stub('/elasticsearch/xforms/_count')).toBe('{"count": 1}');
    expect(JSON.parse(await stub(`/elasticsearch/hqcases/case-${form.id}`))).toMatchObject({ name: 'first' });
  });

  test('a form that is sent again is acknowledged again, and kept once', async () => {
    const form = formOf('twice');
    expect([await submit(hq.web, form), await submit(hq.web, form)]).toEqual([201, 201]);
    await until(async () => (await counts()).processed === 2, 20, 'it is processed');
    expect(await counts()).toMatchObject({ forms: 2, task_runs: 2, duplicate_task_runs: 0 });
  });

  test.each([
    ['is not XML', 'hello', /not XML/],
    ['has no number', '<data/>', /no instanceID/],
    ['has entities', '<!DOCTYPE a [<!ENTITY b "c">]><data/>', /no entities/],
    ['has a case without an id', formOf('x').xml.replace(/ case_id="[^"]+"/, ''), /no case_id/],
    ['has a name that is too long', formOf('x'.repeat(300)).xml, /longer than 255/],
  ])('what %s is refused, and leaves nothing', async (_, body, message) => {
    // Pillows may still be busy with what came before.
    const kept = async () => {
      const { forms, published, queued } = await counts();
      return { forms, published, queued };
    };
    const before = await kept();
    const answer = await fetch(`${hq.web}${receiver}`, { method: 'POST', body });
    expect(answer.status).toBe(422);
    expect(await answer.text()).toMatch(message);
    expect(await kept()).toEqual(before);
  });

  test('a form that comes while the broker and the stub are away is safe, and told later', async () => {
    await hq.host.exec('supervisorctl stop rabbitmq stub');
    expect(await submit(hq.web, formOf('lonely'))).toBe(201);
    expect(await counts()).toMatchObject({ forms: 3, published: 2, queued: 2 });
    await hq.host.exec('supervisorctl start rabbitmq stub');
    await hq.sql("UPDATE form_processor_xforminstance SET received_on = received_on - interval '2 minutes'");
    await hq.start('beat', lines.beat);
    await until(async () => (await counts()).processed === 3, 90, 'the task of every minute has told it');
    await until(async () => (await counts()).changes['xform-pillow'] === 3, 20, 'the pillow has seen it');
    // The task marks them after it has queued them: another worker may be quicker than its next line.
    await until(async () => (await counts()).queued === 3, 20, 'it is marked as queued');
    expect(await counts()).toMatchObject({ published: 3, queued: 3, task_runs: 3, duplicate_task_runs: 0 });
    await hq.end('beat');
  }, 150_000);

  test('a worker that is told to stop finishes what it runs, and nothing runs twice', async () => {
    await fetch(`${hq.web}/a/demo/exports/?seconds=4`, { method: 'POST' });
    const ended = "SELECT count(*), count(ended_on) FROM form_processor_taskrun WHERE task = 'export_forms'";
    await until(async () => (await hq.sql(ended)) === '1|0', 20, 'the export has begun');
    await submit(hq.web, formOf('meanwhile'));
    await hq.end('celery');
    expect(await hq.sql(ended)).toBe('1|1');
    await hq.start('celery', lines.celery);
    await until(async () => (await counts()).processed === 4, 30, 'the form is processed');
    expect(await counts()).toMatchObject({ task_runs: 4, duplicate_task_runs: 0, unended_task_runs: 0 });
  });

  test('a form that a killed worker had taken is processed by the next one', async () => {
    await hq.signal('celery', 'STOP');
    expect(await submit(hq.web, formOf('orphan'))).toBe(201);
    await hq.host.exec('pkill -KILL -g "$(cat /run/celery.pid)"');
    await hq.start('celery', lines.celery);
    await until(async () => (await counts()).processed === 5, 30, 'the form is processed');
    expect(await counts()).toMatchObject({ task_runs: 5, duplicate_task_runs: 0 });
  });

  test('gunicorn answers what is in flight before it ends, and nothing stays in its memory', async () => {
    // Few enough that one worker has threads for them all and for who asks, long enough to be seen at once.
    const slow = Array.from({ length: 5 }, () => page('version?sleep=12'));
    const form = fetch(`${hq.web}${receiver}?sleep=12`, { method: 'POST', body: formOf('in flight').xml });
    await until(
      async () => (await (await page('in-flight')).text()).split('sleep=12').length === 7,
      10,
      'all are begun',
    );
    await hq.end('web');
    expect((await Promise.all([...slow, form])).map(({ status }) => status)).toEqual([...slow.map(() => 200), 201]);
    await hq.start('web', lines.gunicorn);
    await until(isUp, 90, 'gunicorn is up');
    expect((await (await page('in-flight')).text()).trim()).toMatch(/^\S+ hq 2026-11-20_09.00.01 GET \/in-flight$/);
  });

  test('a request that a kill has cut off stays in the memory', async () => {
    const cut = page('version?sleep=30').catch(() => 'cut');
    await until(async () => (await (await page('in-flight')).text()).includes('sleep=30'), 10, 'it is begun');
    await hq.host.exec('pkill -KILL -g "$(cat /run/web.pid)"');
    expect(await cut).toBe('cut');
    await hq.start('web', lines.gunicorn);
    await until(isUp, 90, 'gunicorn is up');
    expect(await (await page('in-flight')).text()).toContain('GET /version?sleep=30');
  });

  test('the health page fails while the database is away, and no request pays for it afterwards', async () => {
    await Promise.all(Array.from({ length: 20 }, () => page('counts')));
    await hq.host.exec('supervisorctl stop postgresql');
    expect(await (await page('serverup.txt')).text()).toMatch(/^database: .*Connection refused/);
    await hq.host.exec('supervisorctl start postgresql');
    await until(isUp, 30, 'PostgreSQL is back');
    const after = await Promise.all(Array.from({ length: 40 }, () => page('counts')));
    expect(new Set(after.map(({ status }) => status))).toEqual(new Set([200]));
  });

  test('formplayer is one file that is run by itself', async () => {
    await hq.run('python3 -m zipapp formplayer -o /tmp/formplayer.jar');
    await hq.start('formplayer', '/usr/bin/python3 /tmp/formplayer.jar');
    const ask = async (path: string) => (await hq.host.exec(`curl -s http://127.0.0.1:8181${path}`)).stdout;
    await until(async () => (await ask('/serverup')) === '{"status": "up"}', 10, 'formplayer is up');
    expect(JSON.parse(await ask('/info'))).toEqual({
      jar: '/tmp/formplayer.jar',
      build: { time: expect.stringMatching(/^20\d\d-/) },
    });
    await hq.end('formplayer');
  });
});
