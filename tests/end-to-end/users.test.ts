import { statSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import { openWorld, well, type Repository, type World } from './world.ts';

const sudoers = 'deploy ALL=(cchq) NOPASSWD: ALL\ndeploy ALL=(root) NOPASSWD: /usr/bin/id\n';

describeFleet('namespaces', 'another user on the hosts', () => {
  let world: World;
  let app: Repository;
  beforeAll(async () => {
    world = await openWorld({ kind: 'namespaces', hosts: 2, sudoers });
    app = world.repository('app', { 'run.sh': 'echo run\n' });
  });
  afterAll(async () => world.stop());

  test('sudo_user owns every file, with `path` and `env` of the settings', async () => {
    await world
      .host('web1')
      .exec(
        'mkdir -p /opt/tools && printf "#!/bin/sh\\necho from the tools\\n" > /opt/tools/tool && chmod 755 /opt/tools/tool',
      );
    await world
      .host('web2')
      .exec(
        'mkdir -p /opt/tools && printf "#!/bin/sh\\necho from the tools\\n" > /opt/tools/tool && chmod 755 /opt/tools/tool',
      );
    const settings = {
      code_repo: app.path,
      sudo_user: 'cchq',
      path: ['/opt/tools'],
      env: { GREETING: "it's $HOME `x` “ü”" },
      build: ['tool > tool.txt', 'printf %s "$GREETING" > greeting', 'id -un > who; echo ~ > home'],
    };
    world.environment('staging', { settings });
    const shared = world.write({ 'local settings.py': 'x = 1\n' });
    await well(world.fab(['staging', 'put_shared', 'localsettings.py', shared]));
    await well(world.fab(['staging', 'deploy', '--yes']));
    for (const name of ['web1', 'web2']) {
      const root = '/home/cchq/www/staging';
      const text = async (file: string) => (await world.host(name).exec(`cat ${root}/current/${file}`)).stdout;
      expect(await text('tool.txt')).toBe('from the tools\n');
      expect(await text('greeting')).toBe("it's $HOME `x` “ü”");
      expect(await text('who')).toBe('cchq\n');
      expect(await text('home')).toBe('/home/cchq\n');
      const foreign = await world.host(name).exec(`find ${root} ! -user cchq | head -3`);
      expect(foreign.stdout).toBe('');
      expect(statSync(world.host(name).path(`${root}/shared/localsettings.py`)).mode & 0o777).toBe(0o600);
    }
    await well(world.fab(['staging', 'run', 'test "$(id -un)" = cchq']));
  });

  test('a process of cchq ends with its controller, too', async () => {
    const running = world.start(['staging', 'run', 'sleep 76543']);
    const sleeping = async () => (await world.host('web1').exec('pgrep -u cchq -f "^sleep 7654[3]"')).code === 0;
    while (!(await sleeping())) await new Promise((resolve) => setTimeout(resolve, 30));
    running.child.kill('SIGKILL');
    await running.ended;
    const killed = Date.now();
    while (await sleeping()) await new Promise((resolve) => setTimeout(resolve, 30));
    expect(Date.now() - killed).toBeLessThan(2000);
  });

  test('a sudo that wants a password is told with the line that sudoers lacks', async () => {
    world.environment('rooted', { settings: { code_repo: app.path, sudo_user: 'root' } });
    const refused = await world.fab(['rooted', 'deploy', '--yes']);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('deploy may not act as root on web1 without a password');
    expect(refused.stderr).toContain('deploy ALL=(root) NOPASSWD: ALL');
    const nobody = await world.fab(['staging', 'run', 'id -un', '--set', 'sudo_user=nosuchuser']);
    expect(nobody.status).toBe(2);
    expect(nobody.stderr).toContain('nosuchuser');
    const restart = world.environment('restarting', {
      settings: { code_repo: app.path, sudo_user: 'cchq', restart: ['systemctl restart app'], restart_as: 'root' },
    });
    expect(restart).toContain('restarting');
    const ran = await world.fab(['restarting', 'deploy', '--yes']);
    // Published on both, then the restart was not allowed: the release stays, and the summary says so.
    expect(ran.status).toBe(1);
    expect(ran.stdout).toMatch(/app\.restart failed on web1/);
    expect(ran.stdout).toContain('ALL=(root) NOPASSWD: ALL');
  });

  test('a command that is not found names the PATH and the setting', async () => {
    const ran = await world.fab(['staging', 'run', 'no-such-tool']);
    expect(ran.status).toBe(127);
    expect(ran.stdout).toContain('127 means: command not found');
    expect(ran.stdout).toContain('PATH=/opt/tools:');
    expect(ran.stdout).toContain('path:');
  });
});
