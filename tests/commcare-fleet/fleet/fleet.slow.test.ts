import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { well, until } from '../../end-to-end/world.ts';
import { describeFleet } from '../../fleet/describe.ts';
import type { Fleet } from '../../fleet/index.ts';
import { identify, isAlive, type ProcessId } from '../../fleet/processes.ts';
import { may } from '../../fleet/system.ts';
import { formOf, submit } from '../client/forms.ts';
import { openCommcareWorld, type CommcareWorld } from './world.ts';

/** Every process of the fleet, as one of this machine. */
const processesOf = async ({ hosts }: Fleet): Promise<readonly ProcessId[]> => {
  const inits = await Promise.all(hosts.map((host) => host.exec('readlink /proc/1/ns/pid')));
  const namespaces = new Set(inits.map(({ stdout }) => stdout.trim()));
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && namespaces.has(namespaceOf(pid)))
    .flatMap((pid) => identify(Number(pid)) ?? []);
};

const namespaceOf = (pid: string): string => {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return '';
  }
};

describeFleet('namespaces', 'the CommCare fleet', () => {
  let world: CommcareWorld;
  const programs = async (host: string): Promise<readonly string[]> =>
    (await world.fleet.host(host).exec('supervisorctl status')).stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/\s+/).slice(0, 2).join(' '));
  const page = (path: string) => fetch(new URL(path, world.fleet.url));

  beforeAll(async () => void (world = await openCommcareWorld()), 300_000);
  afterAll(async () => world.stop());

  test('runs its databases, queues and proxy before anybody deploys', async () => {
    const own = await Promise.all(['proxy1', 'db1', 'redis1', 'rabbit1', 'stub1'].map(programs));
    expect(own.flat()).toEqual([
      'nginx RUNNING',
      'postgresql RUNNING',
      'redis RUNNING',
      'rabbitmq RUNNING',
      'stub RUNNING',
    ]);
    expect((await page('/')).status).toBe(502);
  });

  test('takes a deploy, and answers through nginx from all web workers', async () => {
    await well(world.fab('deploy', '--yes'));
    const hosts = new Set<string | null>();
    for (let asked = 0; asked < 9; asked += 1) {
      const answer = await page('/');
      expect(answer.status).toBe(200);
      hosts.add(answer.headers.get('x-commcare-host'));
    }
    expect([...hosts].sort()).toEqual(['web1', 'web2', 'web3']);
    const [, stylesheet = ''] = /href="([^"]+\.css)"/.exec(await (await page('/')).text()) ?? [];
    expect(await (await page(stylesheet)).text()).toContain('{');
    expect(await programs('celery1')).toEqual([
      'commcare-hq-fleet-celery_celery_0 RUNNING',
      'commcare-hq-fleet-celery_celery_periodic_export_download_queue_0 RUNNING',
      'commcare-hq-fleet-celerybeat RUNNING',
    ]);
  }, 300_000);

  test('keeps a form, and has celery and the pillows process it once', async () => {
    const form = formOf('first');
    expect(await submit(world.fleet.url, form)).toBe(201);
    expect(await world.sql(`SELECT count(*) FROM form_processor_xforminstance WHERE form_id = '${form.id}'`)).toBe('1');
    await until(async () => (await world.counts()).processed === 1, 20, 'the form is processed');
    await until(async () => (await world.counts()).changes['xform-pillow'] === 1, 20, 'the pillow has seen it');
    expect(await world.counts()).toMatchObject({
      forms: 1,
      task_runs: 1,
      duplicate_task_runs: 0,
      duplicate_changes: 0,
    });
  });

  test('brings the formplayer that stands beside the releases', async () => {
    await well(world.fab('deploy_formplayer', '--yes'));
    const answer = async () =>
      (await world.fleet.host('formplayer1').exec('curl -s http://127.0.0.1:8181/serverup')).stdout;
    await until(async () => (await answer()).includes('up'), 30, 'formplayer answers');
  });

  test('has everything back after hosts were killed and have booted', async () => {
    const { fleet } = world;
    for (const name of ['db1', 'celery1', 'web2', 'proxy1']) await fleet.host(name).restart();
    for (const name of ['db1', 'celery1', 'web2', 'proxy1']) await fleet.ready(name);
    await until(async () => (await programs('web2')).join() === 'commcare-hq-fleet-django RUNNING', 30, 'web2');
    await until(async () => (await programs('celery1')).every((line) => line.endsWith('RUNNING')), 30, 'celery');
    await until(async () => (await page('/')).status === 200, 30, 'the page');
    expect(await world.sql('SELECT count(*) FROM form_processor_xforminstance')).toBe('1');
    // Connections to the database that was killed are found broken one by one, each by a request.
    const form = formOf('second');
    await until(async () => (await submit(fleet.url, form)) === 201, 30, 'the second form is received');
    const processed = 'SELECT count(processed_on) FROM form_processor_xforminstance';
    await until(async () => (await world.sql(processed)) === '2', 90, 'the second form is processed');
  }, 180_000);

  test('leaves nothing behind', async () => {
    const { fleet } = world;
    const all = await processesOf(fleet);
    expect(all.length).toBeGreaterThan(40);
    const [, number = ''] = /(\d+)$/.exec(fleet.folder) ?? [];
    await fleet.stop();
    expect(all.filter(isAlive)).toEqual([]);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(`${fleet.folder}/`);
    expect(may('ip', ['link', 'show', `fab${number}br`])).toBe(false);
    expect(existsSync(fleet.folder)).toBe(false);
  });
});
