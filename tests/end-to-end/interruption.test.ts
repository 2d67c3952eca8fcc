import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import { openWorld, until, type Repository, type World } from './world.ts';

/** Two steps of one's own: the second waits for a file, or fails because of one. */
const fabfile = `
import { defaultTasks, operation, role, sh } from 'fabwright';
const web = role('web');
const prepare = operation({ name: 'app.prepare', roles: [web], run: ({ host }) => host.run(sh\`echo x >> ~/prepared\`) });
const compile = operation({
  name: 'app.compile',
  roles: [web],
  run: ({ host, release }) =>
    host.in(release.path).run(sh\`echo compiling; echo x >> ~/compiled
if [ -e ~/broken ]; then echo 'no module named widgets' >&2; exit 3; fi
[ -e ~/gate ] || sleep 987654
echo x >> ~/finished\`),
});
const bundle = operation({ name: 'app.bundle', roles: [web], run: ({ host }) => host.run(sh\`echo x >> ~/bundled\`) });
export default defaultTasks({ roles: [web], build: [prepare, compile, bundle] });
`;

describeFleet('namespaces', 'a deploy that is ended half-way', () => {
  let world: World;
  let app: Repository;
  let file: string;
  const hosts = ['web1', 'web2', 'web3', 'web4'];
  const everywhere = (command: string) => Promise.all(hosts.map((name) => world.host(name).exec(command)));
  const lines = (host: string, name: string): number => {
    try {
      return readFileSync(world.host(host).path(name), 'utf8').split('\n').length - 1;
    } catch {
      return 0;
    }
  };
  const linesEverywhere = (name: string): readonly number[] => hosts.map((host) => lines(host, name));
  const isCompiling = async (): Promise<boolean> => (await busy()).every((each) => each);
  const busy = async (): Promise<readonly boolean[]> =>
    (await everywhere('pgrep -f "^sleep 98765[4]"')).map(({ code }) => code === 0);
  const locked = async (): Promise<readonly boolean[]> =>
    (await everywhere('flock -n ~deploy/www/staging/.fab/lock true')).map(({ code }) => code !== 0);
  const compiling = async (words: readonly string[] = []) => {
    const running = world.start(['staging', 'deploy', '--yes', '--fabfile', file, ...words]);
    await until(isCompiling, 30, 'compiling').catch(() => {
      throw new Error(`It does not come to compile:\n${running.said()}`);
    });
    return running;
  };

  beforeAll(async () => {
    world = await openWorld({ kind: 'namespaces', hosts: 4 });
    file = world.write({ 'fabfile.ts': fabfile });
    app = world.repository('app');
    world.environment('staging', { groups: { web: hosts }, settings: { code_repo: app.path } });
  });
  afterAll(async () => world.stop());
  beforeEach(async () => {
    await everywhere('cd ~deploy; rm -rf prepared compiled finished bundled broken gate www');
  });

  test('a build step that fails on one host: the others finish it, nobody moves, --resume does the rest', async () => {
    await everywhere('touch ~deploy/gate');
    await world.host('web3').exec('touch ~deploy/broken');
    const failed = await world.fab(['staging', 'deploy', '--yes', '--fabfile', file]);
    expect(failed.status).toBe(1);
    expect(world.current('staging')).toEqual({ web1: undefined, web2: undefined, web3: undefined, web4: undefined });
    expect(failed.stdout).toMatch(/✗ app\.compile failed on web3 \(1 of 4 hosts\)/);
    expect(failed.stdout).toContain('exit status 3');
    expect(failed.stdout).toContain('no module named widgets');
    expect(failed.stdout).toContain('fab staging deploy --resume');
    expect(failed.stdout).toContain('Every release host: no release');
    expect(linesEverywhere('finished')[2]).toBe(0);
    // Whoever had begun the step went through to its end.
    expect(linesEverywhere('finished')).toEqual(linesEverywhere('compiled').map((n, at) => (at === 2 ? 0 : n)));

    await world.host('web3').exec('rm ~deploy/broken');
    const resumed = await world.fab(['staging', 'deploy', '--resume', '--yes', '--fabfile', file]);
    expect(resumed.status).toBe(0);
    expect(linesEverywhere('prepared')).toEqual([1, 1, 1, 1]);
    expect(linesEverywhere('finished')).toEqual([1, 1, 1, 1]);
    expect(linesEverywhere('bundled')).toEqual([1, 1, 1, 1]);
    expect(lines('web3', 'compiled')).toBe(2);
    expect(new Set(Object.values(world.current('staging'))).size).toBe(1);
    // A finished one is resumed to the same end.
    const again = await world.fab(['staging', 'deploy', '--resume', '--yes', '--fabfile', file]);
    expect(again.status).toBe(0);
    expect(linesEverywhere('bundled')).toEqual([1, 1, 1, 1]);
  });

  test('controller killed: processes and locks are gone in 2 s; another checkout resumes', async () => {
    const running = await compiling();
    expect(await locked()).toEqual([true, true, true, true]);
    running.child.kill('SIGKILL');
    await running.ended;
    const killed = Date.now();
    await until(async () => !(await busy()).includes(true), 2, 'the end of every remote process');
    await until(async () => !(await locked()).includes(true), 2, 'the end of every lock');
    expect(Date.now() - killed).toBeLessThan(2500);
    expect(Object.values(world.current('staging'))).toEqual([undefined, undefined, undefined, undefined]);

    await everywhere('touch ~deploy/gate');
    const other = world.otherCheckout();
    const resumed = await world.fab(['staging', 'deploy', '--resume', '--yes', '--fabfile', file], other);
    expect(resumed.status).toBe(0);
    const [id = ''] = world.releases('web1', 'staging');
    expect(world.current('staging')).toEqual(Object.fromEntries(hosts.map((host) => [host, `releases/${id}`])));
    expect(linesEverywhere('prepared')).toEqual([1, 1, 1, 1]);
    expect(linesEverywhere('compiled')).toEqual([2, 2, 2, 2]);
    expect(linesEverywhere('finished')).toEqual([1, 1, 1, 1]);
    for (const host of hosts) expect(world.read(host, 'staging', 'RELEASES.txt').split('\n')).toHaveLength(2);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s: exit %i, nothing goes on, resumable', async (signal, status) => {
    const running = await compiling();
    running.child.kill(signal);
    const ended = await running.ended;
    expect(ended.status).toBe(status);
    expect(ended.stdout).toMatch(/deploy on staging was interrupted after/);
    expect(ended.stdout).toContain('fab staging deploy --resume');
    expect(await busy()).toEqual([false, false, false, false]);
    expect(await locked()).toEqual([false, false, false, false]);
    await everywhere('touch ~deploy/gate');
    const resumed = await world.fab(['staging', 'deploy', '--resume', '--yes', '--fabfile', file]);
    expect(resumed.status).toBe(0);
    expect(linesEverywhere('prepared')).toEqual([1, 1, 1, 1]);
    expect(new Set(Object.values(world.current('staging'))).size).toBe(1);
  });

  test('what does not hear TERM is killed all the same; a second Ctrl-C waits for nothing', async () => {
    const stubborn = ['staging', 'run', `trap '' TERM INT HUP; echo on; while :; do sleep 98765; done`];
    for (const times of [1, 2]) {
      const running = world.start(stubborn);
      await until(() => running.said().split('] on').length === 5);
      const began = Date.now();
      running.child.kill('SIGINT');
      if (times === 2) setTimeout(() => running.child.kill('SIGINT'), 200);
      expect((await running.ended).status).toBe(times === 1 ? 130 : null);
      expect(Date.now() - began).toBeLessThan(times === 1 ? 9000 : 1500);
      await until(async () => !(await busy()).includes(true), 8, 'the end of every remote process');
    }
  });

  test('of two controllers one goes through and the other says who is at work', async () => {
    const running = await compiling();
    const other = world.otherCheckout();
    for (const words of [
      ['deploy', '--yes'],
      ['clean_releases', '--yes'],
    ]) {
      const refused = await world.fab(['staging', ...words, '--fabfile', file], other);
      expect(refused.status).toBe(3);
      expect(refused.stdout).toMatch(
        new RegExp(`web1 is locked by \\S+ on \\S+: deploy, since \\S+ UTC .*process ${String(running.child.pid)}`),
      );
    }
    const status = await world.fab(['staging', 'status', '--fabfile', file], other);
    expect(status.status).toBe(0);
    expect(status.stdout).toMatch(/web1 .*building \d{4}-/);
    await everywhere('pkill -f "^sleep 98765[4]"; true');
    expect((await running.ended).status).toBe(0);
  });

  test('a private release can be built while a deploy is at work', async () => {
    const running = await compiling();
    await everywhere('touch ~deploy/gate');
    const made = await world.fab(['staging', 'setup_release', '--fabfile', file]);
    expect(made.status).toBe(0);
    running.child.kill('SIGINT');
    expect((await running.ended).status).toBe(130);
    expect(world.releases('web1', 'staging')).toHaveLength(2);
    expect(world.releases('web2', 'staging')).toHaveLength(1);
  });

  test('Ctrl-C while it still looks at the hosts: 130, nothing was made', async () => {
    await world.host('web2').cut();
    try {
      const running = world.start(['staging', 'deploy', '--yes', '--fabfile', file]);
      await until(() => running.said().includes('looking at 4 hosts'));
      await new Promise((resolve) => setTimeout(resolve, 700));
      running.child.kill('SIGINT');
      const ended = await running.ended;
      expect(ended.stderr).toContain('Interrupted before anything was changed.');
      expect(ended.status).toBe(130);
      expect(ended.seconds).toBeLessThan(8);
      expect(world.releases('web1', 'staging')).toEqual([]);
    } finally {
      await world.host('web2').heal();
    }
  });
});
