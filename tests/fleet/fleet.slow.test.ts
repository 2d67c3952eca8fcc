import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeFleet } from './describe.ts';
import { startFleet, type Fleet, type FleetHost, type FleetKind } from './index.ts';
import { until } from './processes.ts';
import { ssh } from './ssh.ts';

const kinds: readonly FleetKind[] = ['loopback', 'namespaces'];
const quick = ['-o', 'ConnectTimeout=1'];

for (const kind of kinds) {
  describeFleet(kind, 'a fleet', () => {
    let fleet: Fleet;
    let first: FleetHost;
    const run = (command: string, host = 'web1') => ssh(fleet, host, command).ended;

    beforeAll(async () => {
      fleet = await startFleet({ kind, hosts: 3 });
      first = fleet.host('web1');
    });
    afterAll(async () => fleet.stop());

    test('takes the system client, each host in a home of its own', async () => {
      const answers = await Promise.all(fleet.hosts.map(({ name }) => run('pwd; echo $HOME', name)));
      expect(answers.map(({ stdout }) => stdout)).toEqual(fleet.hosts.map(({ home }) => `${home}\n${home}\n`));
      await run('echo mine > note');
      expect(readFileSync(first.path('note'), 'utf8')).toBe('mine\n');
      expect(readFileSync(first.path(`${first.home}/note`), 'utf8')).toBe('mine\n');
      expect(
        (await fleet.host('web2').exec(`cat ${first.user === 'root' ? '' : fleet.host('web2').home}/note`)).code,
      ).toBe(1);
    });

    test('passes exit status, both outputs and quotes on', async () => {
      expect(await run(`printf '%s|' "a  b" 'it'"'"'s'; echo bad >&2; exit 7`)).toMatchObject({
        code: 7,
        stdout: "a  b|it's|",
        stderr: 'bad\n',
      });
      expect((await run('kill -TERM $$')).code).toBe(255);
    });

    test('reads ~/.bashrc of the host once, as bash does when sshd starts it', async () => {
      const bash = (await run('echo $0')).stdout.includes('bash');
      writeFileSync(first.path('.bashrc'), 'echo chatter\n');
      const { stdout } = await run('true');
      writeFileSync(first.path('.bashrc'), '');
      expect(stdout).toBe(bash ? 'chatter\n' : '');
    });

    test('copies files with sftp', async () => {
      const listed = await ssh(fleet, 'web1', 'sftp', ['-s']).ended;
      expect(listed.stderr).toBe('');
      expect(listed.code).toBe(0);
    });

    test('runs a shell line without ssh', async () => {
      expect(await first.exec('echo out; echo err >&2; exit 3')).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' });
      expect((await first.exec('kill -KILL $$')).code).toBe(137);
    });

    test('counts logins and commands', async () => {
      const host = fleet.host('web3');
      const before = [host.connections(), host.sessions()] as const;
      await run('true', 'web3');
      await run('true', 'web3');
      expect([host.connections() - before[0], host.sessions() - before[1]]).toEqual([2, 2]);
      expect(host.log()).toContain('Accepted publickey');
    });

    test('a cut host is silent, what runs goes on, and healing loses nothing', async () => {
      const session = ssh(fleet, 'web2', 'for i in 1 2 3 4 5 6; do echo $i; sleep .3; done; echo $i > last');
      await until(
        () => session.output().includes('1') || undefined,
        () => 'no output',
      );
      const host = fleet.host('web2');
      await host.cut();
      await sleep(600); // What had come through before the cut is passed on.
      const said = session.output();
      const refused = await ssh(fleet, 'web2', 'true', quick).ended;
      expect(refused).toMatchObject({ code: 255 });
      expect(refused.stderr).toMatch(/timed out/i);
      expect(session.output()).toBe(said);
      await until(
        () => existsSync(host.path('last')) || undefined,
        () => 'the command stopped',
      );
      await host.heal();
      expect(await session.ended).toMatchObject({ code: 0, stdout: '1\n2\n3\n4\n5\n6\n' });
    });

    test('a killed host takes everything along that ran on it, and comes back with its files', async () => {
      const session = ssh(
        fleet,
        'web2',
        'echo $$; setsid sh -c "while :; do date +%s%N > beat; sleep .02; done" >/dev/null 2>&1 & sleep 60',
      );
      const host = fleet.host('web2');
      await until(
        () => existsSync(host.path('beat')) || undefined,
        () => 'no daemon',
      );
      await host.kill();
      expect(host.alive()).toBe(false);
      expect((await session.ended).code).toBe(255);
      const beat = readFileSync(host.path('beat'), 'utf8');
      expect((await ssh(fleet, 'web2', 'true', quick).ended).code).toBe(255);
      await host.kill();
      await host.restart();
      expect(await run('cat beat', 'web2')).toMatchObject({ code: 0, stdout: beat });
      expect(host.alive()).toBe(true);
    });

    test('restarts while it runs', async () => {
      const before = first.connections();
      await first.restart();
      expect((await run('true')).code).toBe(0);
      expect(first.connections()).toBe(before + 1);
    });

    test('writes an environment', async () => {
      const folder = fleet.writeEnvironment(join(fleet.folder, 'environments'), 'staging', {
        groups: { web: ['web1', 'web2'], db: ['web3'] },
        settings: { code_repo: 'ssh://git/app', keep_releases: 2 },
        vars: { ansible_python_interpreter: '/usr/bin/python3' },
      });
      expect(readdirSync(folder).toSorted()).toEqual(['fab-settings.yml', 'inventory.ini', 'known_hosts']);
      expect(readFileSync(join(folder, 'fab-settings.yml'), 'utf8')).toBe(
        'code_repo: ssh://git/app\nkeep_releases: 2\n',
      );
      expect(readFileSync(join(folder, 'known_hosts'), 'utf8')).toBe(fleet.knownHosts);
      const { address, port, user } = first;
      expect(readFileSync(join(folder, 'inventory.ini'), 'utf8').split('\n')).toEqual(
        expect.arrayContaining([
          `web1 ansible_host=${address} ansible_port=${port} ansible_user=${user} ansible_ssh_private_key_file=${fleet.keyFile}`,
          '[web]',
          '[db]',
          '[all:vars]',
          'ansible_python_interpreter=/usr/bin/python3',
        ]),
      );
    });

    test('names what it does not have', () => {
      expect(() => fleet.host('web9')).toThrow('no host web9 in this fleet; it has web1, web2, web3');
    });
  });
}

describeFleet('loopback', 'what it cannot do', () => {
  test('is said before anything starts', async () => {
    await expect(startFleet({ kind: 'loopback', hosts: 1, homeBytes: 1e6 })).rejects.toThrow('has no homeBytes');
    await expect(startFleet({ kind: 'loopback', hosts: ['a', 'a'] })).rejects.toThrow('not a list of host names: a, a');
    await expect(startFleet({ kind: 'loopback', hosts: 0 })).rejects.toThrow('not a list');
  });

  test('so is a server that does not start, with its own words', async () => {
    await expect(startFleet({ kind: 'loopback', hosts: 1, sshd: ['Nonsense yes'] })).rejects.toThrow('Nonsense');
  });
});
