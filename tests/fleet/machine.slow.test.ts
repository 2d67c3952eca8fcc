import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeFleet } from './describe.ts';
import { startFleet, type Fleet } from './index.ts';
import { ssh } from './ssh.ts';

describeFleet('namespaces', 'a machine of its own', () => {
  let fleet: Fleet;
  const run = (command: string) => ssh(fleet, 'app', command).ended;
  const said = async (command: string): Promise<string> => (await run(command)).stdout.trim();

  beforeAll(async () => {
    fleet = await startFleet({ kind: 'namespaces', hosts: ['app', 'db'], homeBytes: 4 * 1024 * 1024 });
  });
  afterAll(async () => fleet.stop());

  test('has a name, users, a process table and an init', async () => {
    expect(await said('hostname; id -un; id -u cchq; cat /proc/1/comm')).toBe('app\ndeploy\n2001\nsh');
  });

  test('has terminals', async () => {
    const { code, stdout } = await ssh(fleet, 'app', 'tty; sudo -n tty', ['-tt']).ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\/dev\/pts\/\d+\r\n\/dev\/pts\/\d+\r\n$/);
  });

  test('takes a login of root', async () => {
    expect((await ssh(fleet, 'app', 'id -u; pwd', ['-l', 'root']).ended).stdout).toBe('0\n/root\n');
  });

  test('lets one user become another, as sudoers says', async () => {
    expect(await said('sudo -n -u cchq sh -c "id -un; pwd"')).toBe('cchq\n/home/deploy');
    await fleet.host('db').exec('echo "deploy ALL=(cchq) NOPASSWD: /bin/true" > /etc/sudoers.d/fleet');
    expect(await ssh(fleet, 'db', 'sudo -n -u cchq true').ended).toMatchObject({ code: 0 });
    const refused = await ssh(fleet, 'db', 'sudo -n -u cchq id').ended;
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('password is required');
  });

  test('runs out of disk', async () => {
    const { code, stderr } = await run('head -c 8000000 /dev/zero > big');
    expect(code).toBe(1);
    expect(stderr).toContain('No space left on device');
    expect((await run('rm big && echo fits > small && cat small')).stdout).toBe('fits\n');
  });

  test('reaches its neighbours and the controller by name and address', async () => {
    expect(await said('exec 3<>/dev/tcp/db/22; head -c 7 <&3')).toBe('SSH-2.0');
    expect(await said('echo $SSH_CLIENT')).toMatch(new RegExp(`^${fleet.controller} `));
  });

  test('does not see the files of the machine around it, nor does that see its own', async () => {
    const outside = join(tmpdir(), `fleet-test-${process.pid}`);
    writeFileSync(outside, '');
    expect((await run(`test -e ${outside}`)).code).toBe(1);
    rmSync(outside);
    await fleet.host('app').exec('echo changed > /etc/motd; echo new > /opt/of-the-host');
    expect(readFileSync(fleet.host('app').path('/etc/motd'), 'utf8')).toBe('changed\n');
    expect(() => readFileSync('/opt/of-the-host')).toThrow('ENOENT');
    expect((await fleet.host('db').exec('test -e /opt/of-the-host')).code).toBe(1);
    expect(await said('ls / | tr "\\n" " "')).toMatch(/^[a-z0-9 ]*$/);
  });

  test('is another machine than its neighbour, and the same one after a reboot', async () => {
    const look = 'cat /etc/machine-id /proc/sys/kernel/random/boot_id /etc/ssh/ssh_host_ed25519_key.pub; cat /opt/kept';
    await fleet.host('app').exec('echo kept > /opt/kept; touch /tmp/gone');
    const [machine, boot, ...rest] = (await said(look)).split('\n');
    const other = await fleet.host('db').exec('cat /etc/machine-id');
    expect(other.stdout.trim()).not.toBe(machine);
    await fleet.host('app').kill();
    expect(readFileSync(fleet.host('app').path('/opt/kept'), 'utf8')).toBe('kept\n');
    await expect(fleet.host('app').exec('true')).rejects.toThrow('app is down');
    await expect(fleet.host('app').cut()).rejects.toThrow('app is down');
    await fleet.host('app').restart();
    const [again, reboot, ...same] = (await said(look)).split('\n');
    expect([again, ...same]).toEqual([machine, ...rest]);
    expect(reboot).not.toBe(boot);
    expect((await run('test -e /tmp/gone')).code).toBe(1);
  });

  test('takes the server settings and users that it is given', async () => {
    const own = await startFleet({
      kind: 'namespaces',
      hosts: 1,
      users: [{ name: 'ops', uid: 3000 }],
      sudoers: '',
      sshd: ['MaxSessions 0'],
    });
    try {
      expect((await ssh(own, 'web1', 'true').ended).stderr).toContain('open failed');
      expect(own.host('web1').home).toBe('/home/ops');
      expect((await own.host('web1').exec('runuser -u ops -- sudo -n true')).code).toBe(1);
    } finally {
      await own.stop();
    }
  });

  test('has files before it boots, starts what they say at each boot, and shares a directory with the others', async () => {
    const boot = '#!/bin/sh\necho "$(hostname) $(cat /home/deploy/settings)" >>/mnt/shared/boots\nexec sleep 1000\n';
    const own = await startFleet({
      kind: 'namespaces',
      hosts: 2,
      sharedDirectory: true,
      files: ({ name, address }, all) => [
        { path: '/etc/fleet/boot', text: boot, mode: 0o755 },
        { path: '/home/deploy/settings', text: `${name} ${address} of ${all.length}\n`, mode: 0o600 },
      ],
    });
    const boots = async () => (await own.host('web2').exec('sort /mnt/shared/boots')).stdout.trimEnd().split('\n');
    // It is started beside sshd, which may be the first to be up.
    const booted = async (lines: readonly string[]) => {
      for (let tries = 0; (await boots()).length < lines.length && tries < 200; tries += 1) await sleep(20);
      expect(await boots()).toEqual(lines);
    };
    const line = (name: string) => `${name} ${name} ${own.host(name).address} of 2`;
    const [one, two] = [line('web1'), line('web2')];
    try {
      expect((await own.host('web1').exec('stat -c "%U %a" /home/deploy/settings')).stdout).toBe('deploy 600\n');
      await booted([one, two]);
      await own.host('web1').restart();
      await booted([one, one, two]);
    } finally {
      await own.stop();
    }
  });

  test('is silent when it is dead or cut, also when no other is left', async () => {
    const own = await startFleet({ kind: 'namespaces', hosts: 2 });
    // Longer than the kernel asks for a neighbour before it says "no route to host".
    const enter = async (name: string) => (await ssh(own, name, 'true', ['-o', 'ConnectTimeout=4']).ended).stderr;
    const both = () => Promise.all(['web1', 'web2'].map(enter));
    try {
      await own.host('web1').cut();
      await own.host('web2').kill();
      expect(await both()).toEqual([expect.stringContaining('timed out'), expect.stringContaining('timed out')]);
      await own.host('web1').heal();
      await own.host('web2').restart();
      expect(await both()).toEqual(['', '']);
    } finally {
      await own.stop();
    }
  });

  test('is up fast', async () => {
    const began = Date.now();
    const four = await startFleet({ kind: 'namespaces', hosts: 4 });
    const took = Date.now() - began;
    await four.stop();
    expect(took).toBeLessThan(2000);
  });
});
