import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import { openRollingWorld, proxies, until, webWorkers, well, type RollingWorld } from './rolling-world.ts';
import { startLoad, type Load, type LoadResult } from './rolling/load.ts';

/** A deploy is most of a minute where others are at work, too. */
jest.setTimeout(600_000);

describeFleet('namespaces', 'a rolling restart behind nginx', () => {
  let world: RollingWorld;
  let load: Load | undefined;
  const begin = (keepAlive = false): void => {
    const upload = { every: 50, milliseconds: 3000 };
    load = startLoad({ urls: world.urls, readers: 8, slowEvery: 20, keepAlive, upload });
  };
  const stopped = (): Promise<LoadResult> => {
    if (load === undefined) throw new Error('There is no load.');
    return load.stop();
  };
  /** Every request of the load has had its answer, as its client and as nginx say. */
  const nothingLost = async (): Promise<LoadResult> => {
    const result = await stopped();
    expect(result.failures).toEqual([]);
    expect(world.nginxFailures()).toEqual([]);
    expect(result.requests).toBeGreaterThan(100);
    return result;
  };
  const running = (): Promise<readonly string[]> => Promise.all(webWorkers.map((name) => world.runs(name)));
  const starts = async (): Promise<readonly string[]> =>
    Promise.all(webWorkers.map(async (name) => (await world.host(name).exec('pgrep -o -f [w]sgi:app')).stdout.trim()));
  const allOn = (release: string): readonly string[] => webWorkers.map(() => release);
  const change = (files: Readonly<Record<string, string>>): string => world.repo.commit(files);
  const everywhere = (act: (host: string) => Promise<unknown>): Promise<unknown> => Promise.all(webWorkers.map(act));
  const health = (word: string): Promise<unknown> =>
    everywhere((name) => world.host(name).exec(`echo ${word} > /home/deploy/www/prod/shared/health`));

  beforeAll(async () => {
    world = await openRollingWorld();
    await well(world.fab1('deploy', '--yes'));
  }, 600_000);
  afterAll(async () => world.stop());
  beforeEach(async () => {
    await Promise.all(proxies.map((name) => world.host(name).exec(': > /var/log/nginx/access.log')));
    await everywhere((name) => world.remove(name, 'health'));
  });

  afterEach(async () => {
    await load?.stop();
    load = undefined;
  });

  test.each([
    ['with a connection for each request', false],
    ['with connections that stay open', true],
  ])('fails no request %s', async (_, keepAlive) => {
    const before = world.live('web1');
    expect(await running()).toEqual(allOn(before));
    begin(keepAlive);
    change({ 'version.txt': `${keepAlive}\n` });
    await well(world.fab1('deploy', '--yes'));
    const after = world.live('web1');
    expect(after > before).toBe(true);
    const result = await nothingLost();
    expect(result.hosts).toEqual(webWorkers);
    expect(result.releases).toEqual([before, after]);
    expect(result.slowest).toBeGreaterThan(2);
    expect(world.siteText()).toBe(world.siteBefore);
    expect(await running()).toEqual(allOn(after));
  });

  test('without nginx_site nothing is taken out, which is said, and noticed', async () => {
    world.settings({ nginx_site: '' });
    begin();
    const ran = await well(world.fab1('restart_webworkers'));
    expect(ran.stdout).toContain('no nginx_site is set: no web worker is taken out of rotation');
    expect((await stopped()).failures.length).toBeGreaterThan(0);
    world.settings();
  });

  test('a release that is not well stops on the first worker, which stays out of rotation; a rollback mends it', async () => {
    const before = world.live('web1');
    begin();
    change({ 'health.txt': '500\n' });
    const ran = await world.fab1('deploy', '--yes', '--health-timeout', '4');
    expect(ran.status).toBe(1);
    const after = world.live('web1');
    expect(after > before).toBe(true);
    expect(await running()).toEqual([after, before, before]);
    expect(ran.stdout).toContain('http://127.0.0.1:9010/serverup.txt answered 500, not 200, for 4 s');
    expect(ran.stdout).toContain(
      `What runs: worker1 restarted in ${after}; web1 did not come back; web2, web3 still in ${before}.`,
    );
    expect(ran.stdout).toContain('web1 stays out of rotation');
    expect(ran.stderr + ran.stdout).toContain('fab prod rollback');
    expect(world.siteText().match(/ down;/g)).toHaveLength(1);
    await well(world.fab1('rollback', '--yes'));
    await nothingLost();
    expect(await running()).toEqual(allOn(before));
    expect(world.siteText()).toBe(world.siteBefore);
  });

  test('with --on-failure rollback only what had restarted restarts again', async () => {
    const before = world.live('web1');
    const pids = await starts();
    begin();
    change({ 'health.txt': '', 'boot.py': "raise SystemExit('this release does not start')\n" });
    const ran = await world.fab1('deploy', '--yes', '--health-timeout', '5', '--on-failure', 'rollback');
    expect(ran.status).toBe(1);
    expect((await nothingLost()).releases).toEqual([before]);
    for (const name of [...webWorkers, 'worker1', ...proxies]) expect(world.live(name)).toBe(before);
    expect(await running()).toEqual(allOn(before));
    const now = await starts();
    expect([now[0] === pids[0], now[1], now[2]]).toEqual([false, pids[1], pids[2]]);
    expect(world.siteText()).toBe(world.siteBefore);
    change({ 'boot.py': '' });
  });

  test.each([
    ['redirect', 'redirected to http://127.0.0.1:9010/login/ (302), not 200'],
    ['hang', 'did not answer within'],
    ['500', 'answered 500, not 200'],
  ])('a health page that is wrong anyway (%s) stops after one worker and takes nothing out', async (word, words) => {
    await health(word);
    begin();
    const pids = await starts();
    const ran = await world.fab1('restart_webworkers', '--health-timeout', '6');
    expect(ran.status).toBe(1);
    expect(ran.stdout).toContain(words);
    await nothingLost();
    const now = await starts();
    expect([now[0] === pids[0], now[1], now[2]]).toEqual([false, pids[1], pids[2]]);
    expect(world.siteText()).toBe(world.siteBefore);
  });

  test('a release that sickens while it is watched goes back', async () => {
    const before = world.live('web1');
    change({
      'boot.py': "import threading\nthreading.Timer(40, lambda: (here / 'health.txt').write_text('500')).start()\n",
    });
    const ran = await world.fab1('deploy', '--yes', '--soak', '90', '--on-failure', 'rollback', '--batch', '2');
    expect(ran.status).toBe(1);
    expect(ran.stdout).toContain('answered 500, not 200, three times in a row');
    expect(await running()).toEqual(allOn(before));
    expect(world.siteText()).toBe(world.siteBefore);
    change({ 'boot.py': '' });
  });

  test('a worker that is down goes first, and only then the others', async () => {
    await world.host('web2').exec('supervisorctl -c /home/deploy/supervisord.conf stop commcare-hq-prod-django');
    const ran = await well(world.fab1('restart_webworkers', '--batch', '50%'));
    expect(ran.stdout).toContain('web workers will restart in this order: web2, web1, web3');
    expect(world.siteText()).toBe(world.siteBefore);
    expect(await running()).toEqual(allOn(world.live('web1')));
  });

  test('nginx that refuses its configuration stops the deploy before it publishes', async () => {
    const before = world.live('web1');
    await world.host('proxy1').exec('echo "nonsense;" > /etc/nginx/sites-enabled/other');
    const ran = await world.fab1('deploy', '--yes', '--same-commit');
    expect(ran.status).toBe(1);
    expect(ran.stdout).toContain('unknown directive "nonsense"');
    expect(world.live('web1')).toBe(before);
    await world.host('proxy1').exec('rm /etc/nginx/sites-enabled/other');
  });

  test('nginx that refuses the file in which a worker is out: it is as it was, and nobody was restarted', async () => {
    const picky = '/usr/local/bin/picky-nginx';
    const script = [
      '#!/bin/sh',
      `if [ "$1" = -t ] && grep -q ' down;' /etc/nginx/sites-enabled/commcare; then echo 'no such upstream' >&2; exit 1; fi`,
      'exec nginx "$@"',
      '',
    ].join('\n');
    for (const name of proxies) {
      const file = world.host(name).path(picky);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, script, { mode: 0o755 });
    }
    world.settings({ nginx: picky });
    const before = await starts();
    begin();
    const ran = await world.fab1('restart_webworkers');
    expect([ran.status, ran.stdout]).toEqual([
      1,
      expect.stringContaining('nginx refuses the changed file, which is as it was again: no such upstream'),
    ]);
    await nothingLost();
    expect(await starts()).toEqual(before);
    expect(world.siteText()).toBe(world.siteBefore);
    world.settings();
    await well(world.fab1('restart_webworkers'));
    expect(await starts()).not.toEqual(before);
  });

  test('a site file that does not know a worker stops it, too', async () => {
    world.writeSite(world.siteBefore.replace(/^.*# web3$/m, ''));
    const ran = await world.fab1('restart_webworkers');
    expect(ran.status).toBe(1);
    expect(ran.stdout).toMatch(/\/etc\/nginx\/sites-enabled\/commcare on proxy[12] has no line of its own for web3/);
    world.writeSite(world.siteBefore);
  });

  test('a supervisord that does not answer stops the deploy before it publishes', async () => {
    const before = world.live('web1');
    await world.host('web2').exec('mv /run/supervisor.sock /run/elsewhere.sock');
    const ran = await world.fab1('deploy', '--yes', '--same-commit');
    expect(ran.status).toBe(1);
    expect(ran.stdout).toContain('supervisord on web2 does not answer: unix:///run/supervisor.sock no such file');
    expect(world.live('web1')).toBe(before);
    await world.host('web2').exec('mv /run/elsewhere.sock /run/supervisor.sock');
  });

  test('a command line with an unknown place stops it before it publishes', async () => {
    const before = world.live('web1');
    world.settings({ web_command: '{python} -m gunicorn --bind {bind}:{prot}' });
    const ran = await world.fab1('deploy', '--yes', '--same-commit');
    expect(ran.status).toBe(1);
    expect(ran.stdout).toContain('has {prot}; it may have');
    expect(world.live('web1')).toBe(before);
    world.settings();
  });

  test('the configuration of programs belongs to the release, and goes back with it', async () => {
    const threads = async (): Promise<readonly string[]> =>
      Promise.all(
        webWorkers.map(async (name) => {
          const { stdout } = await world.host(name).exec("pgrep -o -a -f '[w]sgi:app'");
          return /--threads (\d+)/.exec(stdout)?.[1] ?? '';
        }),
      );
    expect(await threads()).toEqual(['8', '8', '8']);
    world.settings({ web_command: '{python} -m gunicorn wsgi:application --bind {bind}:{port} --threads 9' });
    const shown = await well(world.fab1('deploy', '--yes', '--same-commit', '--batch', '2'));
    expect(shown.stdout).toMatch(/\+command=.* --threads 9/);
    expect(await threads()).toEqual(['9', '9', '9']);
    await well(world.fab1('rollback', '--yes', '--batch', '2'));
    expect(await threads()).toEqual(['8', '8', '8']);
    // Written into the live release, it is applied the same way, and only where it differs.
    begin();
    const pids = await starts();
    await well(world.fab1('set_supervisor_config'));
    expect(await threads()).toEqual(['9', '9', '9']);
    await nothingLost();
    world.settings();
    await well(world.fab1('set_supervisor_config'));
    const now = await starts();
    expect(now.some((pid) => pids.includes(pid))).toBe(false);
    const again = await well(world.fab1('set_supervisor_config'));
    expect(again.stdout.match(/no program has changed/g)).toHaveLength(4);
    expect(await starts()).toEqual(now);
  });

  test('a line that somebody marked down stays down', async () => {
    const byHand = world.siteBefore.replace('max_fails=0; # web3', 'max_fails=0 down; # web3');
    world.writeSite(byHand);
    await Promise.all(proxies.map((name) => world.host(name).exec('nginx -s reload')));
    await well(world.fab1('restart_webworkers'));
    expect(world.siteText()).toBe(byHand);
    world.writeSite(world.siteBefore);
    await Promise.all(proxies.map((name) => world.host(name).exec('nginx -s reload')));
  });

  const untilOut = () => until(() => world.someoneIsOut(), 60, 'a worker out of rotation');

  test('a run that is interrupted leaves nobody out of rotation', async () => {
    begin();
    const run = world.begin('restart_webworkers');
    await untilOut();
    await pause(1500);
    run.child.kill('SIGINT');
    expect((await run.ended).status).toBe(130);
    await nothingLost();
    expect(world.siteText()).toBe(world.siteBefore);
    for (const name of webWorkers) expect(await world.programs(name)).toEqual({ django: 'RUNNING' });
  });

  test('what a killed run left out of rotation, the next one puts back', async () => {
    begin();
    const run = world.begin('restart_webworkers');
    await untilOut();
    await pause(1500);
    run.child.kill('SIGKILL');
    await run.ended;
    expect(world.someoneIsOut()).toBe(true);
    await until(async () => (await world.fab1('restart_webworkers')).status === 0, 90, 'a restart');
    await nothingLost();
    expect(world.siteText()).toBe(world.siteBefore);
    expect(await running()).toEqual(allOn(world.live('web1')));
  });

  test.each([['restart_webworkers'], ['restart_services', '--yes'], ['rollback', '--yes']])(
    'what a killed %s left out of rotation, the next run of any task puts back',
    async (...words) => {
      if (words[0] === 'rollback') await well(world.fab1('deploy', '--yes', '--same-commit'));
      begin();
      const run = world.begin(...words);
      await untilOut();
      await pause(700);
      run.child.kill('SIGKILL');
      await run.ended;
      expect(world.someoneIsOut()).toBe(true);
      const told = async () => (await world.fab1('status')).stdout.includes('was killed after services.note on');
      await until(told, 30, 'a status that tells it');
      let cleaned: Awaited<ReturnType<typeof world.fab1>> | undefined;
      await until(async () => (cleaned = await world.fab1('clean_releases', '--yes')).status === 0, 90, 'a cleaning');
      expect(cleaned?.stdout).toContain('services.note:start');
      expect(world.siteText()).toBe(world.siteBefore);
      await nothingLost();
      for (const name of webWorkers) expect(await world.programs(name)).toEqual({ django: 'RUNNING' });
      // And that once.
      expect((await well(world.fab1('clean_releases', '--yes'))).stdout).not.toContain('services.note');
      await well(world.fab1('restart_webworkers'));
      expect(await running()).toEqual(allOn(world.live('web1')));
    },
  );

  test('a graceful reload of gunicorn would bring no new release', async () => {
    const web3 = world.host('web3');
    const [old, other] = [
      world.live('web3'),
      world.releases('web3', 'prod').find((name) => name !== world.live('web3')),
    ];
    const master = (await starts())[2] ?? '';
    const link = (to: string) =>
      web3.exec(`cd /home/deploy/www/prod && ln -sfn releases/${to} .x && mv -fT .x current`);
    const answers = async () => (await world.answer('web3', 9010)).split(' ')[0];
    await link(other ?? '');
    await web3.exec(`kill -HUP ${master}`);
    await pause(4000);
    expect(await answers()).toBe(old);
    await web3.exec(`kill -USR2 ${master}`);
    await pause(4000);
    const { stdout } = await web3.exec("for p in $(pgrep -f '[w]sgi:app'); do readlink /proc/$p/cwd; done | sort -u");
    expect(stdout.trim()).toBe(`/home/deploy/www/prod/releases/${old}`);
    await link(old);
  });
});
