import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import { openWorld, until, well, type Repository, type Running, type World } from './world.ts';

/** A durable step that counts its beginnings and goes on until there is a file. */
const fabfile = `
import { defaultTasks, durable, role, shell } from 'fabwright';
const web = role('web');
const index = durable({
  name: 'app.index',
  roles: [web],
  command: () => shell(\`echo x >> ~/begun; echo first; n=0; while [ ! -e ~/go ]; do n=$((n + 1)); echo "line $n"; sleep 0.1; done
[ ! -e ~/full ] || head -c 40000000 /dev/zero > ~/filling 2>/dev/null; echo last\`),
});
export default defaultTasks({ roles: [web], build: [index] });
`;

const hosts = ['web1', 'web2'];
const kinds = [
  { as: 'the login', owner: 'deploy', settings: {} },
  { as: 'sudo_user', owner: 'cchq', settings: { sudo_user: 'cchq' } },
];

describeFleet('namespaces', 'a durable step', () => {
  let world: World;
  let app: Repository;
  let file: string;
  beforeAll(async () => {
    world = await openWorld({ kind: 'namespaces', hosts: 2, homeBytes: 24 << 20 });
    file = world.write({ 'fabfile.ts': fabfile });
    app = world.repository('app');
  });
  afterAll(async () => world.stop());

  describe.each(kinds)('of $as', ({ owner, settings }) => {
    const everywhere = (command: string) => Promise.all(hosts.map((name) => world.host(name).exec(command)));
    const at = (host: string, name: string): string => world.host(host).path(`/home/${owner}/${name}`);
    const begun = (): readonly number[] =>
      hosts.map((host) => {
        const counted = at(host, 'begun');
        return existsSync(counted) ? readFileSync(counted, 'utf8').split('\n').length - 1 : 0;
      });
    const alive = async (name: string): Promise<boolean> =>
      (await world.host(name).exec('pgrep -f "^/bin/sh -c echo x >> ~/begun[;]"')).code === 0;
    const allAlive = async (): Promise<boolean> => (await Promise.all(hosts.map(alive))).every(Boolean);
    const noneAlive = async (): Promise<boolean> => (await Promise.all(hosts.map(alive))).every((each) => !each);
    const letGo = (...names: readonly string[]) =>
      Promise.all((names.length === 0 ? hosts : names).map((name) => world.host(name).exec(made('go'))));
    const made = (name: string): string => `su ${owner} -s /bin/sh -c 'touch /home/${owner}/${name}'`;
    const fab = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      world.start(['staging', ...words, '--fabfile', file], { env });
    const heard = (running: Running, text: RegExp | string) =>
      until(() => (typeof text === 'string' ? running.said().includes(text) : text.test(running.said())), 30).catch(
        () => {
          throw new Error(`Never said ${String(text)}:\n${running.said()}`);
        },
      );
    const deploying = async (env: Readonly<Record<string, string>> = {}): Promise<Running> => {
      const running = fab(['deploy', '--yes'], env);
      await until(allAlive, 40, 'running').catch(() => {
        throw new Error(`The step does not begin:\n${running.said()}`);
      });
      return running;
    };
    const killed = async (): Promise<void> => {
      const running = await deploying();
      running.child.kill('SIGKILL');
      await running.ended;
      const isFree = `flock -n /home/${owner}/www/staging/.fab/lock true`;
      await until(async () => (await everywhere(isFree)).every(({ code }) => code === 0), 20, 'free locks');
    };
    const resume = (...more: readonly string[]) => fab(['deploy', '--resume', '--yes', ...more]).ended;
    const isPublished = (host: string): Promise<boolean> =>
      world
        .host(host)
        .exec(`test -d /home/${owner}/www/staging/current/`)
        .then(({ code }) => code === 0);

    beforeEach(async () => {
      for (const name of hosts) if (!world.host(name).alive()) await world.host(name).restart();
      await letGo();
      await until(noneAlive, 10, 'the last step over');
      await everywhere(`cd /home/${owner} && rm -rf begun go full filling www`);
      world.environment('staging', { groups: { web: hosts }, settings: { code_repo: app.path, ...settings } });
    });

    test('goes on without its controller; status names it, attach shows all of it, a resume does not repeat it', async () => {
      await killed();
      expect(await allAlive()).toBe(true);
      const status = await fab(['status']).ended;
      expect(status.stdout).toContain('app.index');
      expect(status.stdout).toContain('fab staging attach');
      const attached = fab(['attach']);
      await heard(attached, /web1 app\.index {2}line \d/);
      await heard(attached, /web2 app\.index {2}line \d/);
      await letGo();
      const { status: ended, stdout, stderr } = await attached.ended;
      expect([ended, stderr]).toEqual([0, expect.stringContaining('app.index on web1 ended well')]);
      for (const host of hosts) {
        const lines = stdout.split('\n').filter((line) => line.startsWith(`${host} app.index`));
        expect(lines.map((line) => line.slice(`${host} app.index  `.length))).toEqual([
          'first',
          ...lines.slice(1, -1).map((_, index) => `line ${index + 1}`),
          'last',
        ]);
      }
      const resumed = await resume();
      expect([resumed.status, begun()]).toEqual([0, [1, 1]]);
      expect(await isPublished('web2')).toBe(true);
    });

    test('goes on when the link is cut while it is followed', async () => {
      const running = await deploying({ FAB_LEASE: '3' });
      await heard(running, 'line 1');
      await world.host('web1').cut();
      const ended = await running.ended;
      expect(ended.status).not.toBe(0);
      expect(ended.stdout).toContain('it goes on by itself; see it with: fab staging attach app.index');
      expect(ended.stdout).toContain('fab staging deploy --resume');
      expect(ended.stdout).not.toContain('is not known');
      await world.host('web1').heal();
      expect(await allAlive()).toBe(true);
      await letGo();
      const resumed = await resume();
      expect([resumed.status, begun()]).toEqual([0, [1, 1]]);
    });

    test('lost with its wrapper: told, and run again only when that is said', async () => {
      await killed();
      await everywhere('pkill -KILL -f fab-ste[p]');
      const still = await resume('--run-lost-again');
      expect([still.status, begun()]).toEqual([1, [1, 1]]);
      expect(still.stdout).toContain('still running without its wrapper');
      await letGo();
      await until(noneAlive, 10);
      const told = await resume();
      expect([told.status, begun()]).toEqual([1, [1, 1]]);
      expect(told.stdout).toMatch(/fab staging deploy --resume \S+ --run-lost-again/);
      const again = await resume('--run-lost-again');
      expect([again.status, begun()]).toEqual([0, [2, 2]]);
    });

    test('lost with its host', async () => {
      await killed();
      await world.host('web1').restart();
      await letGo();
      const told = await resume();
      expect([told.status, begun()]).toEqual([1, [1, 1]]);
      expect(told.stdout).toMatch(/app\.index on web1 was lost/);
      expect((await fab(['status']).ended).stdout).toContain('app.index was lost on web1');
      const again = await resume('--run-lost-again');
      expect([again.status, begun()]).toEqual([0, [2, 1]]);
    });

    test('how it ended is kept on a full disk', async () => {
      await killed();
      await everywhere(made('full'));
      await letGo();
      await until(noneAlive, 20);
      expect((await world.host('web1').exec(`echo more > /home/${owner}/more`)).code).not.toBe(0);
      const status = `cat /home/${owner}/www/staging/releases/*/.fab/steps/app.index/status`;
      // It is written a moment after the step's last process is gone.
      const isKept = async () => (await everywhere(status)).every(({ stdout }) => /^ended \d+ \d+ *\n$/.test(stdout));
      await until(isKept, 10, 'how it ended');
      await everywhere(`rm -f /home/${owner}/filling /home/${owner}/full /home/${owner}/more`);
    });

    test('cancelled: its group is gone, who did it is said, and a resume runs it again', async () => {
      await killed();
      const unasked = await fab(['cancel', 'app.index']).ended;
      expect([unasked.status, await allAlive()]).toEqual([2, true]);
      const cancelled = await well(fab(['cancel', 'app.index', '--yes']).ended);
      expect(cancelled.stdout).toMatch(/app\.index on web1 was cancelled by \S+@\S+/);
      expect(await noneAlive()).toBe(true);
      const nothing = await fab(['cancel', '--yes']).ended;
      expect([nothing.status, nothing.stdout]).toEqual([0, expect.stringContaining('Nothing to cancel')]);
      await letGo();
      const resumed = await resume();
      expect([resumed.status, begun()]).toEqual([0, [2, 2]]);
    });

    test('attach says what it could not ask', async () => {
      await killed();
      await world.host('web2').kill();
      const attached = fab(['attach']);
      await heard(attached, /^line \d/m);
      await letGo('web1');
      const { status, stdout, stderr } = await attached.ended;
      await world.host('web2').restart();
      expect([status, stderr]).toEqual([4, expect.stringContaining('web2 could not be asked')]);
      expect(stdout).toMatch(/^first\n(line \d+\n)+last\n$/);
      const unknown = await fab(['attach', 'app.indx']).ended;
      expect([unknown.status, unknown.stderr]).toEqual([2, expect.stringContaining('app.index')]);
    });
  });
});
