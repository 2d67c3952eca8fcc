import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import { openDesk, openWorld, well, type Desk, type World } from './world.ts';

// Nothing here may reach a host: this address answers nobody.
const inventory = `[web]
web1 ansible_host=192.0.2.1
web2 ansible_host=192.0.2.2

[empty]
`;

let desk: Desk;
const environment = (name: string, files: Readonly<Record<string, string>>): string => {
  const folder = join(desk.environments, name);
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
};
/** One clear message on standard error, nothing on standard output, exit status 2, at once. */
const refused = async (words: readonly string[], ...sentences: readonly (string | RegExp)[]): Promise<void> => {
  const ran = await desk.fab(words);
  for (const sentence of sentences)
    expect(ran.stderr).toEqual(
      typeof sentence === 'string' ? expect.stringContaining(sentence) : expect.stringMatching(sentence),
    );
  expect({ status: ran.status, stdout: ran.stdout }).toEqual({ status: 2, stdout: '' });
  expect(ran.stderr).not.toMatch(/\n\s+at |bug of fabwright/);
  expect(ran.seconds).toBeLessThan(10);
};

beforeAll(() => {
  desk = openDesk();
  const app = desk.repository('app');
  environment('staging', { 'inventory.ini': inventory, 'fab-settings.yml': `code_repo: ${app.path}\nroles: [web]\n` });
  environment('production', { 'inventory.ini': inventory });
});
afterAll(() => {
  // Not one of them made a run.
  expect(existsSync(join(desk.folder, 'state'))).toBe(false);
  desk.dispose();
});

test('a file of an environment that cannot be read', async () => {
  const folder = environment('odd', { 'inventory.ini': inventory });
  mkdirSync(join(folder, 'fab-settings.yml'));
  await refused(['odd', 'status'], `${folder}/fab-settings.yml: The environment cannot be read: EISDIR`);
  await refused(['odd', 'known_hosts'], `${folder}/fab-settings.yml: The environment cannot be read: EISDIR`);
});

test('names that are not known get the nearest one', async () => {
  await refused(['stagign', 'deploy'], /stagign/, 'staging');
  await refused(['deploy'], 'deploy is a task; say where: fab');
  await refused(['staging', 'deplyo'], /deplyo/, 'did you mean deploy?');
  await refused(
    ['staging', 'run', 'true', '--limit', 'wbe1'],
    'staging has no host, group or role wbe1.',
    'did you mean web1?',
  );
  await refused(['staging', 'web', 'deploy'], /--limit web/);
  await refused(['staging', 'deploy', '--brnach', 'x'], /brnach/, /--branch/);
  await refused(['staging', 'deploy', '--set', 'kep_releases=3'], /kep_releases/, 'keep_releases');
  await refused(['staging', 'deploy:brnach=x'], /deploy/);
  await refused(['staging', '--skip-record', 'deploy'], /skip-record/, /after deploy|deploy --skip-record/);
  await refused(['staging', 'deploy', '--branch', 'a', '--branch', 'b'], /--branch/, /twice/);
});

test('values that do not fit', async () => {
  await refused(
    ['staging', 'clean_releases', '--keep', '0'],
    '--keep of clean_releases must be a whole number from 1 on, not «0».',
  );
  await refused(['staging', 'clean_releases', '--keep', '-1'], /--keep/);
  await refused(['staging', 'setup_release', '--keep-days', '-1'], /--keep-days.*-1/);
  await refused(['staging', 'setup_release', '--keep-days', 'ten'], /--keep-days.*«ten»/);
  await refused(['staging', 'setup_release', '--keep-days', '1.5'], /--keep-days/);
  await refused(['staging', 'deploy', '--commit', 'HEAD~1'], /--commit.*hex/);
  await refused(['staging', 'deploy', '--commit', '--yes'], /--commit/);
  await refused(['staging', 'rollback', '--to', '../x'], /--to.*name of a release/);
  await refused(['staging', 'deploy', '--resume=../../x'], /--resume.*name of a release/);
  await refused(['staging', 'deploy', '--set', 'keep_releases=0'], /keep_releases/);
  await refused(['staging', 'deploy', '--set', 'forks=many'], /forks/);
  await refused(['staging', 'deploy', '--forks', '0'], /--forks/);
  await refused(['staging', 'run'], /run needs COMMAND|COMMAND/);
  await refused(['staging', 'put_shared', 'only-one'], /put_shared/);
  await refused(
    ['staging', 'deploy', '--limit', 'web1'],
    'a release goes to every host or to none',
    'setup_release --limit',
  );
});

test('environments that are broken say file, line and what was expected', async () => {
  environment('broken', { 'inventory.ini': '[web]\nweb1 ansible_host="192.0.2.1\nweb[01:3 x\n' });
  await refused(['broken', 'deploy'], /broken\/inventory\.ini:\d+/);
  environment('nobody', { 'inventory.ini': '[web]\n' });
  await refused(['nobody', 'deploy', '--yes'], /nobody/, /host/);
  environment('settings', { 'inventory.ini': inventory, 'fab-settings.yml': 'code_repo: [1\nkeep_releases: lots\n' });
  await refused(['settings', 'deploy'], /settings\/fab-settings\.yml:\d+/);
  environment('typed', { 'inventory.ini': inventory, 'fab-settings.yml': 'keep_releases: lots\nforks: 0\n' });
  await refused(['typed', 'deploy'], /fab-settings\.yml:1.*keep_releases/, /fab-settings\.yml:2.*forks/);
  environment('roleless', { 'inventory.ini': inventory, 'fab-settings.yml': 'code_repo: x\nroles: [empty]\n' });
  await refused(['roleless', 'deploy', '--yes'], 'on the role empty, and no host of roleless has it');
  environment('twice', {
    'inventory.ini': '[web]\nweb1 ansible_host=192.0.2.1\nalso1 ansible_host=192.0.2.1\n',
    'fab-settings.yml': 'code_repo: x\n',
  });
  await refused(['twice', 'deploy', '--yes'], 'web1 and also1 are the same machine');
});

test('fabfiles that throw, have no default export, or have the wrong one', async () => {
  const fabfile = async (text: string, ...sentences: readonly (string | RegExp)[]): Promise<void> => {
    const file = desk.write({ 'bad.ts': text });
    await refused(['staging', 'deploy', '--yes', '--fabfile', file], ...sentences);
    await refused(['-l', '--fabfile', file], ...sentences);
  };
  await fabfile('\nthrow new Error("no such planet");\n', 'no such planet', /bad\.ts:2/);
  await fabfile('export const tasks = [];\n', 'no default export');
  await fabfile('export default [{ name: "x" }];\n', 'Element 1', 'no task and no view');
  await fabfile('export default 5;\n', 'no default export');
  await fabfile('export default () => { throw new Error("thrown by the function"); };\n', 'thrown by the function');
  await fabfile('export default () => 5;\n', 'bad.ts');
  await fabfile('const x: number = ;\n', /bad\.ts/);
  await fabfile('import "fabwrong";\nexport default [];\n', 'fabwrong');
  await refused(['staging', 'deploy', '--fabfile', 'nowhere.ts'], 'There is no fabfile', 'nowhere.ts');
});

describeFleet('namespaces', 'bad input that only shows on hosts', () => {
  let world: World;
  beforeAll(async () => void (world = await openWorld({ kind: 'namespaces', hosts: 2 })));
  afterAll(async () => world.stop());
  const releases = () => world.fleet.hosts.flatMap(({ name }) => world.releases(name, 'staging'));

  test('a branch or commit that does not exist, a repository that cannot be reached', async () => {
    const app = world.repository('app');
    app.git('branch', 'release');
    world.environment('staging', { settings: { code_repo: app.path } });
    const deploy = (...words: readonly string[]) => world.fab(['staging', 'deploy', '--yes', ...words]);
    const none = await deploy('--branch', 'relaese');
    expect(none).toMatchObject({ status: 2, stdout: '' });
    expect(none.stderr).toContain('has no branch, tag or commit «relaese». Did you mean «release»?');
    const commit = await deploy('--commit', 'f'.repeat(40));
    expect(commit.status).toBe(2);
    expect(commit.stderr).toContain(`has no commit ${'f'.repeat(40)}`);
    for (const url of ['/nowhere/app.git', 'https://127.0.0.1:9/app.git', 'git@127.0.0.1:app.git']) {
      const unreachable = await deploy('--set', `code_repo=${url}`);
      expect([url, unreachable.status]).toEqual([url, 2]);
      expect(unreachable.stderr).toContain('code_repo in fab-settings.yml names it');
      expect(unreachable.stderr).not.toMatch(/\n\s+at /);
    }
    const nothing = await world.fab(['staging', 'deploy', '--yes', '--resume']);
    expect(nothing.status).toBe(2);
    expect(nothing.stderr).toContain('There is no release of deploy to go on with.');
    const hotfix = await world.fab(['staging', 'hotfix_deploy', '--yes']);
    expect(hotfix.status).toBe(2);
    expect(hotfix.stderr).toContain(
      'hotfix_deploy starts from the live release, and web1, web2 have none that this tool made.',
    );
    expect(world.current('staging')).toEqual({ web1: undefined, web2: undefined });
    const made = releases();
    const unasked = await world.fab(['staging', 'deploy']);
    expect(unasked.status).toBe(2);
    expect(unasked.stderr).toContain('answer it ahead with --yes');
    expect(releases()).toEqual(made);
  });

  test('hostile text in every argument that reaches a shell stays text', async () => {
    const nasty = 'it\'s "x" $(touch ~/pwned) `touch ~/pwned`; touch ~/pwned & “ü” 😀 \\ *';
    const branch = 'f/$(touch${IFS}pwned);`x`\'"&|<>😀';
    const app = world.repository('hostile', { 'a.txt': 'a\n' });
    app.git('checkout', '-q', '-b', branch);
    app.commit({ [`${nasty.replaceAll('/', '_')}.txt`]: 'odd\n' }, nasty);
    const settings = {
      code_repo: app.path,
      default_branch: branch,
      root: `~/www/${nasty.replaceAll('~/', '')}`,
      shared_paths: [`conf ${nasty.replaceAll('~/', '')}`, "$(touch pwned) it's/"],
      carry_paths: ["$(touch ~/pwned) it's"],
      env: { ODD: nasty },
      build: ['printf %s "$ODD" > odd.txt'],
    };
    world.environment('hostile', { settings });
    const fab = (...words: readonly string[]) => world.fab(['hostile', ...words]);
    const local = world.write({ [`local ${nasty.replaceAll('/', '_')}`]: 'shared\n' });
    await well(fab('put_shared', `conf ${nasty.replaceAll('~/', '')}`, local));
    await well(fab('deploy', '--yes'));
    for (const { name } of world.fleet.hosts) {
      const host = world.host(name);
      const root = host.path(`www/${nasty.replaceAll('~/', '')}`);
      const [id = ''] = readdirSync(join(root, 'releases'));
      const files = readdirSync(join(root, 'releases', id));
      expect(files).toContain(`${nasty.replaceAll('/', '_')}.txt`);
      expect((await host.exec('cat ~deploy/www/*/current/odd.txt')).stdout).toBe(nasty);
    }
    const file = desk.write({
      'echo.ts': `import { defaultTasks, everyHost, operation, sh, task, text, noRelease } from 'fabwright';
const echo = operation({ name: 'echo', roles: [everyHost], params: { words: text({ description: 'w', positional: true, required: true }) },
  run: ({ host, params }) => host.run(sh\`printf '%s\\\\n' \${params.words}; printf '%s\\\\n' \${[params.words, params.words]} >/dev/null\`) });
export default [task({ name: 'echo', description: 'Echo.', release: noRelease, lock: 'none', steps: [echo] })];`,
    });
    for (const value of [nasty, 'two\nlines', '-n', '  spaces  ', "'", '%s%n'])
      expect((await well(fab('echo', '--fabfile', file, '--', value))).stdout).toContain(
        `[web1] ${value.split('\n')[0] ?? ''}`,
      );
    await well(fab('setup_release', '--branch', branch, '--keep-days', '1'));
    await well(fab('releases'));
    for (const words of [
      ['put_shared', '../../x', local],
      ['put_shared', 'a/../b', local],
      ['put_shared', 'fine', '/no/such file'],
    ]) {
      const ran = await fab(...words);
      expect(ran.status).not.toBe(0);
      expect(`${ran.stdout}${ran.stderr}`).toMatch(/is no path below shared|There is no file/);
    }
    for (const host of world.fleet.hosts) {
      const found = await host.exec(
        'find / -xdev -name "*pwned" -not -path "/proc/*" 2>/dev/null; find /home -name pwned',
      );
      expect(found.stdout).toBe('');
    }
    expect(existsSync(join(world.folder, 'work', 'pwned'))).toBe(false);
  });
});
