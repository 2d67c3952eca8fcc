import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import { until, well } from '../end-to-end/world.ts';
import { background, openProduction, type Production } from './production.ts';

const everything = { ...background, 'formsplayer-spring': 'RUNNING' };

describeFleet('namespaces', 'the services of the CommCare fleet', () => {
  let world: Production;
  const writeJar = (text: string) =>
    world.write({ 'environments/prod/formplayer.jar': `import time\n# ${text}\nwhile True: time.sleep(1)\n` });

  beforeAll(async () => {
    world = await openProduction();
    await well(world.prod('deploy', '--yes'));
  });
  afterAll(async () => world.stop());

  test('manage keeps the words whole, and passes the status on', async () => {
    // No valid Python, which is for Python to say; the words are one.
    expect((await world.prod('manage', 'shell -c "x=1, y=2"')).status).toBe(1);
    expect(world.calls('worker1').at(-1)).toBe(`${world.live('worker1')} shell -c x=1, y=2`);
    const ran = await well(world.prod('manage', 'shell -c "x, y = 1, 2; print(x + y, \'$HOME `id`\')"'));
    expect(ran.stdout + ran.stderr).toContain('3 $HOME `id`');
    expect(world.calls('worker1').at(-1)).toBe(
      `${world.live('worker1')} shell -c x, y = 1, 2; print(x + y, '$HOME \`id\`')`,
    );
    expect((await world.prod('manage', 'leave 7')).status).toBe(7);
    expect((await world.prod('manage', '--', 'leave', '9')).status).toBe(9);
    expect((await world.prod('manage', 'shell -c "open')).status).toBe(2);
  });

  test('supervisorctl goes to every host with programs', async () => {
    const ran = await well(world.prod('supervisorctl', 'status'));
    const said = ran.stdout + ran.stderr;
    expect(said).toMatch(/\[web2\] commcare-hq-prod-django +RUNNING/);
    expect(said).toMatch(/\[worker1\] commcare-hq-prod-pillowtop-case-0 +RUNNING/);
    const failed = await world.prod('supervisorctl', 'restart nobody', '--limit', 'web1');
    expect(failed.status).toBe(1);
    expect(failed.stdout + failed.stderr).toContain('no such process');
  });

  test('celery and pillows stop and start by themselves', async () => {
    await well(world.prod('stop_celery'));
    expect(await world.programs('worker1')).toEqual({
      celery_celery_0: 'STOPPED',
      celery_email_background_0: 'STOPPED',
      celery_email_background_1: 'STOPPED',
      'pillowtop-case-0': 'RUNNING',
    });
    await well(world.prod('stop_pillows'));
    expect(new Set(Object.values(await world.programs('worker1')))).toEqual(new Set(['STOPPED']));
    await well(world.prod('start_celery'));
    expect((await world.programs('worker1'))['pillowtop-case-0']).toBe('STOPPED');
    await well(world.prod('start_pillows'));
    expect(await world.programs('worker1')).toEqual(background);
  });

  test('formplayer is linked and restarted only where the jar differs', async () => {
    const program = async () => (await world.programs('worker1'))['formsplayer-spring'];
    const pid = async () => (await world.host('worker1').exec('pgrep -f [f]ormplayer.jar')).stdout.trim();
    const builds = 'www/prod/formplayer_build';
    const current = async () => (await world.host('worker1').exec(`readlink ~deploy/${builds}/current`)).stdout.trim();

    writeJar('one');
    await well(world.prod('deploy_formplayer', '--yes'));
    const [first, firstPid] = [await current(), await pid()];
    expect(first).toMatch(/^releases\/\d{4}-/);
    expect(await program()).toBe('RUNNING');

    const same = await well(world.prod('deploy_formplayer', '--yes'));
    expect(same.stdout + same.stderr).toContain('the jar is the one that runs already');
    expect([await current(), await pid()]).toEqual([first, firstPid]);

    writeJar('two');
    await well(world.prod('deploy_formplayer', '--yes'));
    const second = await current();
    expect(second > first).toBe(true);
    expect(await pid()).not.toBe(firstPid);
    expect(readFileSync(world.host('worker1').path(`${builds}/${second}/formplayer.jar`), 'utf8')).toContain('two');

    await well(world.prod('rollback_formplayer', '--yes'));
    expect(await current()).toBe(first);
    expect(await program()).toBe('RUNNING');
    const none = await world.prod('rollback_formplayer', '--yes');
    expect(none.status).toBe(1);
    expect(none.stdout + none.stderr).toContain('No older build');
  });

  test('restart_services restarts all of them', async () => {
    const before = await world.host('web1').exec('pgrep -f [w]eb.py');
    const events = world.events().length;
    const formplayer = await world.host('worker1').exec('pgrep -f [f]ormplayer.jar');
    await well(world.prod('restart_services', '--yes'));
    // Its restarts are its own: they cost minutes.
    expect((await world.host('worker1').exec('pgrep -f [f]ormplayer.jar')).stdout).toBe(formplayer.stdout);
    expect((await world.host('web1').exec('pgrep -f [w]eb.py')).stdout).not.toBe(before.stdout);
    // For supervisor they run when they are a second old; they have said so when Python is there.
    await until(() => world.events(events).length === 8, 20, 'a line of each');
    const after = world.events(events).map(({ what }) => what);
    expect(after.filter((what) => what === 'stopped')).toHaveLength(4);
    expect(after.filter((what) => what === 'started')).toHaveLength(4);
    expect(await world.programs('worker1')).toEqual(everything);
  });

  test('set_supervisor_config shows the difference and restarts only what has changed', async () => {
    const events = world.events().length;
    world.settings({ pillow_command: '{python} worker.py {pillow}-of-{total}' });
    const ran = await well(world.prod('set_supervisor_config'));
    const said = ran.stdout + ran.stderr;
    expect(said).toContain('-command=/usr/bin/env python_env/bin/python worker.py case-0');
    expect(said).toContain('+command=/usr/bin/env python_env/bin/python worker.py case-of-1');
    expect(said).toContain('changed: commcare-hq-prod-pillowtop-case-0');
    await until(() => world.events(events).length === 2);
    expect(world.events(events).map(({ what, name }) => `${what} ${name}`)).toEqual([
      'stopped case-0',
      'started case-of-1',
    ]);
    world.settings();
  });

  test('… formplayer too, which nothing but its own deploy and this restarts', async () => {
    const pid = async (): Promise<string> => (await world.host('worker1').exec('pgrep -f [f]ormplayer.jar')).stdout;
    const before = await pid();
    world.settings({ formplayer_command: 'python3 -u {formplayer}/formplayer.jar' });
    const ran = await well(world.prod('set_supervisor_config'));
    expect(ran.stdout + ran.stderr).toContain('commcare-hq-prod-formsplayer-spring');
    await until(async () => ![before, ''].includes(await pid()));
    world.settings();
  });
});
