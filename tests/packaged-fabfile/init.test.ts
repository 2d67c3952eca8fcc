import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse } from 'yaml';
import { openWorld, until, type Ran, type World } from '../end-to-end/world.ts';
import { describeFleet } from '../fleet/describe.ts';

describeFleet('loopback', 'fab init', () => {
  let world: World;
  let repository: string;
  let folder: string;

  const hosts = (): string =>
    world.fleet.hosts.map(({ user, address, port }) => `${user}@${address}:${port}`).join(', ');
  const fab = (...words: readonly string[]): Promise<Ran> =>
    world.fab(words, { cwd: folder, env: { FAB_ENVIRONMENTS: '' } });
  const written = (file: string): string => readFileSync(join(folder, 'environments', file), 'utf8');

  beforeAll(async () => {
    world = await openWorld({ kind: 'loopback', hosts: 2 });
    repository = world.repository('app', { Makefile: 'all:\n\techo made > made.txt\n' }).path;
    folder = mkdtempSync(join(world.folder, 'init-'));
  });
  afterAll(() => world.stop());

  const flags = (): readonly string[] => [
    ...['--name', 'staging', '--hosts', hosts(), '--code-repo', repository],
    ...['--build', 'echo one > one.txt && echo "two  words" > two.txt', '--restart', 'pwd -P > ../../restarted.txt'],
  ];

  test('takes its five answers from flags, and writes what says what to do next', async () => {
    const { status, stdout, stderr } = await fab('init', ...flags());
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toBe(`wrote environments/staging/inventory.ini
wrote environments/staging/fab-settings.yml
Next:
  fab staging known_hosts    show and pin the host keys
  fab staging doctor         look at the hosts
  fab staging deploy --plan  see what a deploy would do
`);
  });

  test('what it wrote deploys, once the host keys are pinned', async () => {
    // A person's own key and login come from ~/.ssh; here they must be written down.
    const inventory = join(folder, 'environments/staging/inventory.ini');
    writeFileSync(
      inventory,
      `${written('staging/inventory.ini')}\n[app:vars]\nansible_ssh_private_key_file=${world.fleet.keyFile}\n`,
    );
    const unknown = await fab('staging', 'deploy', '--yes');
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toContain('fab staging known_hosts');
    const unanswered = await fab('staging', 'known_hosts');
    expect(unanswered.status).toBe(2);
    expect(existsSync(join(folder, 'environments/staging/known_hosts'))).toBe(false);
    expect(await fab('staging', 'known_hosts', '--yes')).toMatchObject({ status: 0 });
    expect(await fab('staging', 'doctor')).toMatchObject({ status: 0 });
    expect(await fab('staging', 'deploy', '--plan')).toMatchObject({ status: 0 });
    expect(await fab('staging', 'deploy', '--yes')).toMatchObject({ status: 0 });
    for (const host of world.fleet.hosts) {
      expect(world.read(host.name, 'staging', 'current/one.txt')).toBe('one\n');
      expect(world.read(host.name, 'staging', 'current/two.txt')).toBe('two  words\n');
      expect(world.read(host.name, 'staging', 'restarted.txt').trim()).toBe(
        join(host.home, 'www/staging', world.current('staging')[host.name]!),
      );
    }
  });

  test('overwrites nothing', async () => {
    const before = [written('staging/inventory.ini'), written('staging/fab-settings.yml')];
    const { status, stderr } = await fab('init', ...flags());
    expect(status).toBe(2);
    expect(stderr).toContain('environments/staging/inventory.ini exists already, and init overwrites nothing.');
    expect(stderr).toContain('environments/staging/fab-settings.yml exists already');
    expect([written('staging/inventory.ini'), written('staging/fab-settings.yml')]).toEqual(before);
  });

  test('writes down what the repository calls its main branch, and a path as the settings read it', async () => {
    const other = world.repository('other');
    other.git('branch', '-M', 'trunk');
    const words = ['--name', 'relative', '--hosts', 'a.example.org', '--code-repo', relative(folder, other.path)];
    expect(await fab('init', ...words)).toMatchObject({ status: 0 });
    const settings = parse(written('relative/fab-settings.yml')) as Record<string, string>;
    expect(settings['default_branch']).toBe('trunk');
    expect(realpathSync(join(folder, 'environments/relative', settings['code_repo']!))).toBe(realpathSync(other.path));
    rmSync(join(folder, 'environments/relative'), { recursive: true });
  });

  test('without a terminal it asks nothing: what is missing is named, with its flag', async () => {
    const { status, stderr } = await fab('init', '--name', 'other');
    expect(status).toBe(2);
    expect(stderr).toContain('write --hosts HOST,…');
    expect(stderr).toContain('write --code-repo URL');
    expect(readdirSync(join(folder, 'environments'))).toEqual(['staging']);
  });

  test('a name that means something else is refused', async () => {
    for (const name of ['deploy', 'init', 'setup-release', '_x', '../x']) {
      const words = ['--name', name, '--hosts', 'a.example.org', '--code-repo', repository];
      expect(await fab('init', ...words)).toMatchObject({ status: 2 });
    }
    expect(readdirSync(join(folder, 'environments'))).toEqual(['staging']);
  });

  /** Types at `fab init` in a terminal of its own: each answer when its question has been asked. */
  const type = async (answers: readonly (readonly [question: string, keys: string])[]): Promise<Ran> => {
    const line = `stty cols 100 rows 40; exec '${process.execPath}' '${world.program}' init`;
    const env = { ...process.env, NODE_OPTIONS: '', FAB_ENVIRONMENTS: '', TERM: 'xterm-256color', NO_COLOR: '1' };
    const child = spawn('script', ['-qec', line, '/dev/null'], { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] });
    let screen = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (screen += text));
    const began = Date.now();
    const ended = new Promise<Ran>((resolve) =>
      child.on('close', (status) =>
        resolve({ status, stdout: screen, stderr: '', seconds: (Date.now() - began) / 1000 }),
      ),
    );
    for (const [question, keys] of answers) {
      await until(() => screen.includes(question), 20, `«${question}» on «${screen}»`);
      child.stdin.write(keys);
    }
    return ended;
  };
  const clear = '\u0015';
  const enter = '\r';

  test('asks its five questions on a terminal, with what is usual filled in', async () => {
    const { status, stdout } = await type([
      ['What is the environment called?', `${clear}typed${enter}`],
      ['Which hosts', `web1.example.org, web2.example.org${enter}`],
      ['Where is the code', `${repository}${enter}`],
      ['How is a release built', enter],
      ['How is the application restarted', `${clear}${enter}`],
    ]);
    expect(stdout).toContain('wrote environments/typed/fab-settings.yml');
    expect(status).toBe(0);
    expect(written('typed/inventory.ini')).toContain('[app]\nweb1.example.org\nweb2.example.org\n');
    expect(written('typed/fab-settings.yml')).toContain('build:\n  - npm ci\n  - npm run build\n');
    expect(written('typed/fab-settings.yml')).toContain('# restart:');
  });

  test('Ctrl-C at a question writes nothing', async () => {
    const { status, stdout } = await type([
      ['What is the environment called?', `${clear}never${enter}`],
      ['Which hosts', '\u0003'],
    ]);
    expect(stdout).toContain('Nothing was written.');
    expect(status).toBe(130);
    expect(existsSync(join(folder, 'environments/never'))).toBe(false);
  });
});
