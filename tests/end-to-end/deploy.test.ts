import { createHash } from 'node:crypto';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, lstatSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import type { FleetKind } from '../fleet/index.ts';
import { jsonLines, openWorld, treeOf, until, well, type World } from './world.ts';

/** Serves the world's repositories to its hosts. */
const gitDaemon = async (world: World) => {
  const base = join(world.folder, 'repositories');
  const port = 10_000 + (process.pid % 20_000); // Below those that the kernel gives to clients.
  const words = ['daemon', '--reuseaddr', '--export-all', `--base-path=${base}`, `--port=${port}`, '--verbose', base];
  const child = spawn('git', words, { stdio: ['ignore', 'ignore', 'pipe'], env: process.env, detached: true });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (said += text));
  await until(() => said.includes('Ready to rumble'), 10, 'the git daemon');
  return {
    url: (name: string) => `git://${world.fleet.controller}:${port}/${name}`,
    end: () => process.kill(-(child.pid ?? 0), 'SIGTERM'),
  };
};

const importInto = (path: string, stream: string): void => {
  const { status, stderr } = spawnSync('git', ['fast-import', '--quiet'], { cwd: path, input: stream });
  if (status !== 0) throw new Error(String(stderr));
};

const releaseName = /^\d{4}-\d\d-\d\d_\d\d\.\d\d\.\d\d$/;
const kinds: readonly FleetKind[] = ['loopback', 'namespaces'];

for (const kind of kinds) {
  describeFleet(kind, 'deploy', () => {
    let world: World;
    beforeAll(async () => void (world = await openWorld({ kind, hosts: ['web1', 'web2', 'db1'] })));
    afterAll(async () => world.stop());

    const rootOf = (host: string): string => `${world.host(host).home}/www/staging`;

    test('makes a first release on every host of the role, and leaves the others alone', async () => {
      const app = world.repository('app', { 'a.txt': 'one\n', 'bin/run': '#!/bin/sh\n' });
      chmodSync(join(app.path, 'bin/run'), 0o755);
      const commit = app.commit({}, 'Start');
      world.environment('staging', {
        groups: { web: ['web1', 'web2'], databases: ['db1'] },
        settings: { code_repo: app.path, roles: ['web'], build: ['cp a.txt built.txt'], restart: ['true'] },
      });

      const ran = await well(world.fab(['staging', 'deploy', '--yes']));
      const [id = ''] = world.releases('web1', 'staging');
      expect(id).toMatch(releaseName);
      expect(ran.stdout).toContain(`release ${id} (${commit.slice(0, 10)}) is live on all 2 hosts, read back.`);
      expect(ran.stderr).toContain(`Would ship ${commit.slice(0, 10)} (master), the first release here`);
      expect(world.current('staging')).toEqual({
        web1: `releases/${id}`,
        web2: `releases/${id}`,
        db1: undefined,
      });
      expect(world.releases('db1', 'staging')).toEqual([]);
      for (const host of ['web1', 'web2']) {
        const release = world.host(host).path(`www/staging/releases/${id}`);
        expect(treeOf(release, (path) => path === '.fab' || path === 'README.md')).toEqual([
          '/',
          `a.txt 644 ${Buffer.from('one\n').toString('base64')}`,
          'bin/',
          `bin/run 755 ${Buffer.from('#!/bin/sh\n').toString('base64')}`,
          `built.txt 644 ${Buffer.from('one\n').toString('base64')}`,
        ]);
        expect(world.read(host, 'staging', 'RELEASES.txt')).toBe(`${rootOf(host)}/releases/${id}\n`);
        expect(JSON.parse(world.read(host, 'staging', `releases/${id}/.fab/release.json`))).toMatchObject({
          version: 1,
          id,
          task: 'deploy',
          commit,
          ref: 'master',
          state: 'built',
          params: { branch: 'master' },
        });
        const run = expect.stringMatching(new RegExp(`^${id} [0-9a-f]{8}$`)) as unknown;
        expect(jsonLines(world.read(host, 'staging', '.fab/history.jsonl'))).toEqual([
          expect.objectContaining({ event: 'published', task: 'deploy', from: null, to: id, commit, run }),
          expect.objectContaining({ event: 'ended', task: 'deploy', ending: 'done', status: 0, run }),
        ]);
        const mirror = await world
          .host(host)
          .exec(
            `git --git-dir=${rootOf(host)}/.fab/repo.git -c safe.directory='*' for-each-ref --format='%(refname) %(objectname)'`,
          );
        expect(mirror.stdout).toBe(`refs/fab/releases/${id} ${commit}\n`);
      }
    });

    test('journals each step of each host, with a checksum', () => {
      const [id = ''] = world.releases('web1', 'staging');
      const lines = jsonLines(world.read('web1', 'staging', `releases/${id}/.fab/journal.jsonl`));
      expect(lines.map(({ step }) => step)).toEqual([
        'release.create',
        'code.update',
        'release.carry',
        'release.link-shared',
        'app.build',
        'release.publish',
        'app.restart',
        'release.clean',
      ]);
      for (const { sum, ...entry } of lines)
        expect(sum).toBe(createHash('sha256').update(JSON.stringify(entry)).digest('hex').slice(0, 16));
      const others = jsonLines(world.read('web2', 'staging', `releases/${id}/.fab/journal.jsonl`));
      expect(others.map(({ step }) => step)).toEqual(lines.map(({ step }) => step));
    });

    test('hosts of the same groups that have built different code publish nowhere', async () => {
      const app = world.repository('apart', { 'a.txt': 'one\n' });
      world.environment('apart', {
        groups: { web: ['web1', 'web2'], databases: ['db1'] },
        settings: { code_repo: app.path, roles: ['web'], build: ['od -An -N8 -tx1 /dev/urandom > a.txt'] },
      });
      const ran = await world.fab(['apart', 'deploy', '--yes']);
      expect(ran.stdout).toMatch(
        /web1 and web2 have the same groups and built different tracked files: «M a\.txt [0-9a-f]{40}» and «M a\.txt/,
      );
      expect(ran.status).toBe(1);
      expect(world.current('apart')).toEqual({ web1: undefined, web2: undefined, db1: undefined });
    });

    test('a second one shows what would ship, and keeps the first', async () => {
      const [first = ''] = world.releases('web1', 'staging');
      const app = world.repository('other', {});
      app.git('pull', '-q', '--rebase', `${world.folder}/repositories/app`, 'master');
      app.commit({ 'a.txt': 'two\n' }, 'Say two');
      const commit = app.commit({ 'app/migrations/0002_more.py': '\n' }, 'Add a column «x»');
      world.environment('staging', {
        groups: { web: ['web1', 'web2'], databases: ['db1'] },
        settings: { code_repo: app.path, roles: ['web'], build: ['cp a.txt built.txt'], restart: ['true'] },
      });
      const ran = await well(world.fab(['staging', 'deploy', '--yes']));
      expect(ran.stderr).toContain('Say two');
      expect(ran.stderr).toContain('Add a column «x»');
      expect(ran.stderr).toContain('app/migrations/0002_more.py');
      const names = world.releases('web1', 'staging');
      expect(names).toEqual([first, expect.stringMatching(releaseName)]);
      const id = names[1] ?? '';
      expect(world.current('staging')).toMatchObject({ web1: `releases/${id}`, web2: `releases/${id}` });
      expect(world.read('web2', 'staging', `releases/${id}/built.txt`)).toBe('two\n');
      expect(world.read('web2', 'staging', `releases/${first}/built.txt`)).toBe('one\n');
      expect(jsonLines(world.read('web2', 'staging', '.fab/history.jsonl')).slice(2)).toMatchObject([
        {
          event: 'published',
          from: first,
          to: id,
          commit,
        },
        { event: 'ended', ending: 'done', status: 0 },
      ]);
      const status = await world.fab(['staging', 'status', '--json']);
      expect(status.status).toBe(0);
      expect(JSON.parse(status.stdout)).toMatchObject({ whole: true, hosts: { web1: id, web2: id } });
    });

    test('fetches by itself with code_delivery: pull, also when the branch moves meanwhile', async () => {
      const app = world.repository('pulled', { 'a.txt': 'one\n' });
      const first = app.git('rev-parse', 'HEAD');
      app.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
      const daemon = await gitDaemon(world);
      const settings = { code_repo: daemon.url('pulled'), code_delivery: 'pull', roles: ['web'], build: ['cat a.txt'] };
      world.environment('pulling', { groups: { web: ['web1', 'web2'] }, settings });
      try {
        await well(world.fab(['pulling', 'deploy', '--yes']));
        // One commit is chosen once: this one is not on the branch any more when the hosts ask.
        app.git('commit', '-q', '--amend', '-m', 'Rewritten');
        app.commit({ 'a.txt': 'two\n' }, 'Later');
        await well(world.fab(['pulling', 'deploy', '--yes', '--commit', first, '--same-commit', '--other-branch']));
        const id = world.releases('web1', 'pulling').at(-1) ?? '';
        for (const host of ['web1', 'web2']) {
          expect(world.read(host, 'pulling', `releases/${id}/a.txt`)).toBe('one\n');
          expect(JSON.parse(world.read(host, 'pulling', `releases/${id}/.fab/release.json`))).toMatchObject({
            commit: first,
          });
        }
      } finally {
        daemon.end();
      }
    });
  });
}

describeFleet('namespaces', 'deploy of awkward code', () => {
  let world: World;
  beforeAll(async () => void (world = await openWorld({ kind: 'namespaces', hosts: 3 })));
  afterAll(async () => world.stop());

  test('1,500 files, a submodule, attributes, shared and carried paths: complete and the same everywhere', async () => {
    const library = world.repository('library', { 'lib.txt': 'a library\n', 'deep/er.txt': 'x\n' });
    const files = Object.fromEntries(
      Array.from({ length: 1500 }, (_, n) => [`src/d${n % 30}/file ${n} “ü”.txt`, `content of ${n}\n`]),
    );
    const app = world.repository('big', {
      ...files,
      '.gitattributes': 'secret.txt export-ignore\n*.crlf text eol=crlf\n*.id ident\n',
      'secret.txt': 'still part of the code\n',
      'dos.crlf': 'a\nb\n',
      'version.id': '$Id$\n',
      "it's; $(touch x) `y`.txt": 'odd\n',
      'config/settings.py': 'the repository has one, too\n',
    });
    app.git('submodule', 'add', '-q', library.path, 'vendor/library');
    app.git('config', '-f', '.gitmodules', 'submodule.vendor/library.url', '../library');
    const commit = app.commit({}, 'Take the library');
    world.environment('staging', {
      settings: {
        code_repo: app.path,
        shared_paths: ['config/settings.py', 'media/'],
        carry_paths: ['node_modules', 'not/there'],
        build: ['mkdir -p node_modules; echo built >> node_modules/marker', 'ls config/settings.py media >/dev/null'],
      },
    });

    const missing = await world.fab(['staging', 'deploy', '--yes']);
    expect(missing.status).toBe(2);
    expect(missing.stderr).toContain('shared/config/settings.py is missing on web1');
    expect(missing.stderr).toContain('fab staging put_shared config/settings.py LOCAL-FILE');
    expect(world.releases('web1', 'staging')).toEqual([]);

    const local = world.write({ 'my settings.py': 'SECRET = 1\n' });
    await well(world.fab(['staging', 'put_shared', 'config/settings.py', local]));
    await well(world.fab(['staging', 'deploy', '--yes']));
    const [id = ''] = world.releases('web1', 'staging');
    const trees = world.fleet.hosts.map((host) =>
      treeOf(host.path(`www/staging/releases/${id}`), (path) => path === '.fab').join('\n'),
    );
    expect(new Set(trees).size).toBe(1);
    const [tree = ''] = trees;
    expect(tree.split('\n').filter((line) => line.startsWith('src/') && !line.endsWith('/'))).toHaveLength(1500);
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    expect(tree).toContain(`secret.txt 644 ${base64('still part of the code\n')}`);
    expect(tree).toContain(`dos.crlf 644 ${base64('a\r\nb\r\n')}`);
    expect(tree).toContain(`vendor/library/lib.txt 644 ${base64('a library\n')}`);
    expect(tree).toContain(`it's; $(touch x) \`y\`.txt 644 ${base64('odd\n')}`);
    const release = world.host('web2').path(`www/staging/releases/${id}`);
    expect(readlinkSync(`${release}/config/settings.py`)).toBe('../../../shared/config/settings.py');
    expect(readlinkSync(`${release}/media`)).toBe('../../shared/media');
    expect(world.read('web2', 'staging', `releases/${id}/config/settings.py`)).toBe('SECRET = 1\n');
    expect(lstatSync(world.host('web2').path('www/staging/shared/media')).isDirectory()).toBe(true);

    // A file that was uploaded outlives the release; what is carried is a copy.
    await world.host('web2').exec('echo kept > /home/deploy/www/staging/current/media/upload');
    app.git('rm', '-q', 'src/d0/file 0 “ü”.txt');
    app.commit({}, 'One less');
    await well(world.fab(['staging', 'deploy', '--yes']));
    const second = world.releases('web2', 'staging').at(-1) ?? '';
    expect(world.read('web2', 'staging', `releases/${second}/media/upload`)).toBe('kept\n');
    expect(world.read('web2', 'staging', `releases/${second}/node_modules/marker`)).toBe('built\nbuilt\n');
    expect(world.read('web2', 'staging', `releases/${id}/node_modules/marker`)).toBe('built\n');
    const after = treeOf(world.host('web3').path(`www/staging/releases/${second}`), (path) => path === '.fab');
    expect(after.filter((line) => line.startsWith('src/') && !line.endsWith('/'))).toHaveLength(1499);
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
  });

  test('20,000 commits of history go through push', async () => {
    const app = world.repository('old', {});
    const parts = Array.from({ length: 20_500 }, (_, n) => {
      const [subject, body] = [`Commit ${n}`, `line ${n}\n`.repeat(20)];
      return `commit refs/heads/master\ncommitter Ana <ana@example.org> ${1_600_000_000 + n * 60} +0000\ndata ${subject.length}\n${subject}\n${n === 0 ? 'deleteall\n' : ''}M 100644 inline src/f${n % 50}.txt\ndata ${body.length}\n${body}\n`;
    });
    app.git('checkout', '-q', '--detach');
    app.git('branch', '-q', '-D', 'master');
    importInto(app.path, parts.join(''));
    world.environment('history', { settings: { code_repo: app.path, build: ['test -f src/f0.txt'] } });
    await well(world.fab(['history', 'deploy', '--yes']));
    const counted = await world
      .host('web3')
      .exec(
        "git -c safe.directory='*' --git-dir=/home/deploy/www/history/.fab/repo.git rev-list --count --glob='refs/fab/*'",
      );
    expect(counted.stdout).toBe('20500\n');
  });
});
