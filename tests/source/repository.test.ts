import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { GitFailed } from '../../src/source/git.ts';
import { mirrorName } from '../../src/source/mirror-name.ts';
import { openRepository, type Repository } from '../../src/source/repository.ts';
import { commit, gitIn, playground, type Playground } from './playground.ts';

let place: Playground;
const { signal } = new AbortController();

beforeAll(() => {
  place = playground();
});
afterAll(() => place.dispose());

const opened = async (url: string, cache = place.path('cache')): Promise<Repository> =>
  openRepository({ url, cacheDirectory: cache, signal });

describe('the mirror', () => {
  test('is complete, bare, private, and follows the repository', async () => {
    const origin = place.path('origin');
    const cache = join(place.path('cache'), 'deep', 'er');
    const first = commit(origin, { a: '1' });
    gitIn(origin, 'branch', 'gone');
    const repository = await opened(origin, cache);
    expect(await repository.has(first)).toBe(true);
    expect(statSync(cache).mode & 0o777).toBe(0o700);
    expect(statSync(repository.directory).mode & 0o777).toBe(0o700);
    expect(gitIn(repository.directory, 'rev-parse', '--is-bare-repository')).toBe('true');

    gitIn(origin, 'branch', '-D', 'gone');
    // A branch where a folder of branches is to be.
    gitIn(origin, 'branch', 'gone/deeper');
    const second = commit(origin, { a: '2' });
    const again = await opened(`file://${encodeURI(origin).replaceAll('%20', ' ')}`, cache);
    expect(await again.has(second)).toBe(true);
    const same = await opened(origin, cache);
    expect(same.directory).toBe(repository.directory);
    expect(gitIn(same.directory, 'for-each-ref', '--format=%(refname)').split('\n')).toEqual([
      'refs/heads/gone/deeper',
      'refs/heads/main',
    ]);
    expect(readdirSync(cache).filter((name) => name.endsWith('.lock') || name.includes('.new-'))).toEqual([]);
  });

  test('is not fooled by the variables of a git hook', async () => {
    const origin = place.path('origin');
    const head = commit(origin, { a: '1' });
    process.env['GIT_DIR'] = '/nowhere';
    process.env['GIT_INDEX_FILE'] = '/nowhere';
    try {
      expect(await (await opened(origin)).has(head)).toBe(true);
    } finally {
      delete process.env['GIT_DIR'];
      delete process.env['GIT_INDEX_FILE'];
    }
  });

  test('two at once share one, and a broken first attempt leaves nothing', async () => {
    const origin = place.path('origin');
    const head = commit(origin, { a: '1' });
    const cache = place.path('cache');
    const all = await Promise.all(Array.from({ length: 6 }, () => opened(origin, cache)));
    expect(await Promise.all(all.map((each) => each.has(head)))).toEqual(Array(6).fill(true));
    expect(readdirSync(cache)).toEqual([mirrorName(origin)]);

    const empty = place.path('cache');
    await expect(opened(join(origin, 'not-there'), empty)).rejects.toThrow(/could not be read/);
    expect(readdirSync(empty)).toEqual([]);
  });

  test('a mirror that is none any more is made anew', async () => {
    const origin = place.path('origin');
    const head = commit(origin, { a: '1' });
    const cache = place.path('cache');
    const { directory } = await opened(origin, cache);
    rmSync(join(directory, 'objects'), { recursive: true });
    expect(await (await opened(origin, cache)).has(head)).toBe(true);
  });

  test('breaks the lock of a dead process, and waits for a living one', async () => {
    const origin = place.path('origin');
    commit(origin, { a: '1' });
    const cache = place.path('cache');
    mkdirSync(cache, { recursive: true });
    const { pid } = spawnSync('true');
    const lock = join(cache, `${mirrorName(origin)}.lock`);
    writeFileSync(lock, `${hostname()}\n${pid}\nx\n`);
    await opened(origin, cache);

    writeFileSync(lock, `${hostname()}\n${process.pid}\nx\n`);
    const waiting = new AbortController();
    const said: string[] = [];
    const late = openRepository({
      url: origin,
      cacheDirectory: cache,
      signal: waiting.signal,
      onProgress: (line) => {
        said.push(line);
        waiting.abort();
      },
    });
    await expect(late).rejects.toThrow(/abort/i);
    expect(said).toEqual(['Waiting for another run that reads the same repository']);
  });

  test('an unreachable repository is named without its password', async () => {
    const url = 'http://ada:s3cret@127.0.0.1:9/app.git';
    const failure = await opened(url).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(GitFailed);
    expect((failure as GitFailed).message).toMatch(
      /^The code repository http:\/\/127\.0\.0\.1:9\/app\.git could not be read\.\n/,
    );
    expect((failure as GitFailed).message).not.toContain('s3cret');
    await expect(opened('--upload-pack=touch /tmp/x')).rejects.toThrow('is not the URL of a repository');
  });

  test('a shallow clone is refused', async () => {
    const origin = place.path('origin');
    commit(origin, { a: '1' });
    commit(origin, { a: '2' });
    const shallow = place.path('shallow');
    gitIn(place.root, 'clone', '-q', '--depth=1', `file://${origin}`, shallow);
    await expect(opened(shallow)).rejects.toThrow(/shallow/);
  });

  test('cancelling ends git', async () => {
    const cancel = new AbortController();
    const url = 'ext::sleep 60';
    process.env['GIT_ALLOW_PROTOCOL'] = 'ext';
    try {
      const started = Date.now();
      const opening = openRepository({ url, cacheDirectory: place.path('cache'), signal: cancel.signal });
      setTimeout(() => cancel.abort(), 200);
      await expect(opening).rejects.toThrow(/abort/i);
      expect(Date.now() - started).toBeLessThan(3000);
    } finally {
      delete process.env['GIT_ALLOW_PROTOCOL'];
    }
  });
});

describe('resolving', () => {
  const odd = `fix/"it's" 🚀`.replaceAll(' ', '-');
  let origin: string;
  let repository: Repository;
  let first: string;
  let second: string;
  let hidden: string;

  beforeAll(async () => {
    origin = place.path('origin');
    first = commit(origin, { a: '1' });
    gitIn(origin, 'tag', '-a', 'v1', '-m', 'one');
    gitIn(origin, 'tag', 'both');
    gitIn(origin, 'tag', 'tree', 'HEAD^{tree}');
    second = commit(origin, { a: '2' });
    gitIn(origin, 'branch', 'both');
    gitIn(origin, 'branch', odd);
    gitIn(origin, 'branch', 'release/2026-11');
    gitIn(origin, 'checkout', '-q', '--detach');
    hidden = commit(origin, { a: '3' });
    gitIn(origin, 'update-ref', 'refs/pull/1/head', hidden);
    gitIn(origin, 'checkout', '-q', 'main');
    repository = await opened(origin);
  });

  test('branch, then tag, then hash', async () => {
    const asked = ['main', 'both', 'refs/tags/both', odd, 'v1', first, first.slice(0, 9), first.toUpperCase()];
    const found = await Promise.all(asked.map((each) => repository.resolve(each)));
    expect(found.map((each) => (each.ok ? each.value : each.failure))).toEqual([
      { commit: second, ref: 'main', kind: 'branch' },
      { commit: second, ref: 'both', kind: 'branch' },
      { commit: first, ref: 'both', kind: 'tag' },
      { commit: second, ref: odd, kind: 'branch' },
      { commit: first, ref: 'v1', kind: 'tag' },
      ...Array<unknown>(3).fill({ commit: first, ref: first, kind: 'commit' }),
    ]);
  });

  test('a commit on no branch is fetched by its hash', async () => {
    expect(await repository.has(hidden)).toBe(false);
    expect(await repository.resolve(hidden)).toEqual({
      ok: true,
      value: { commit: hidden, ref: hidden, kind: 'commit' },
    });
    // And is still there after the next update.
    expect(
      await (
        await openRepository({ url: origin, cacheDirectory: join(repository.directory, '..'), signal })
      ).has(hidden),
    ).toBe(true);
  });

  test('what does not exist is a sentence', async () => {
    const asked = ['mian', '2026-11', 'main~1', 'zzzzzzzzzz', '', 'tree', '0'.repeat(40), 'abcdef123456', '--help'];
    const found = await Promise.all(asked.map((each) => repository.resolve(each)));
    expect(found.map((each) => (each.ok ? each.value : each.failure.replaceAll(origin, 'URL')))).toEqual([
      'URL has no branch, tag or commit «mian». Did you mean «main»?',
      'URL has no branch, tag or commit «2026-11». Did you mean «release/2026-11»?',
      'URL has no branch, tag or commit «main~1». Did you mean «main»?',
      'URL has no branch, tag or commit «zzzzzzzzzz».',
      'The branch is empty: name a branch, a tag or a commit.',
      'The tag «tree» names no commit.',
      `URL has no commit ${'0'.repeat(40)}.`,
      'URL has no branch, tag or commit «abcdef123456». A commit on no branch or tag must be written in full.',
      'URL has no branch, tag or commit «--help».',
    ]);
  });

  test('an empty repository says so', async () => {
    const empty = place.path('empty');
    gitIn(place.root, 'init', '-q', empty);
    const answer = await (await opened(empty)).resolve('main');
    expect(answer).toEqual({ ok: false, failure: `${empty} has no branches yet.` });
  });
});

describe('the shipment', () => {
  test('goes forward, and names migrations', async () => {
    const origin = place.path('origin');
    const from = commit(origin, { 'app/migrations/0001.py': '', b: '' }, 'First');
    commit(origin, { 'app/migrations/0002 ü.py': 'x', 'db/migrate/1.rb': '' }, 'Add a column\nand more');
    const to = commit(origin, { 'app/migrations/0001.py': 'changed', 'né w': '' }, 'Émile');
    const repository = await opened(origin);
    const shipment = await repository.shipment(from, to, 'main');
    expect(shipment).toEqual({
      from,
      to,
      ref: 'main',
      commits: [
        { hash: to, author: 'Ada', subject: 'Émile' },
        { hash: expect.any(String), author: 'Ada', subject: 'Add a column and more' },
      ],
      undone: [],
      changedFiles: 4,
      submodules: [],
      migrations: ['app/migrations/0002 ü.py', 'db/migrate/1.rb'],
    });
    expect(await repository.commitInfo(to)).toEqual({ hash: to, author: 'Ada', subject: 'Émile' });
    expect(await repository.tree(to)).toBe(gitIn(origin, 'rev-parse', `${to}^{tree}`));
    const first = await repository.shipment(undefined, to, 'main');
    expect([first.commits.length, first.changedFiles, first.migrations.length]).toEqual([1, 5, 3]);
  });

  test('after a forced push tells what goes away, while anybody still has it', async () => {
    const origin = place.path('origin');
    const base = commit(origin, { a: '1' });
    const live = commit(origin, { a: '2' }, 'Live');
    const cache = place.path('cache');
    await opened(origin, cache);
    gitIn(origin, 'reset', '-q', '--hard', base);
    const to = commit(origin, { a: '3' }, 'Instead');
    const repository = await opened(origin, cache);
    expect(await repository.resolve('main')).toMatchObject({ value: { commit: to } });
    expect(await repository.shipment(live, to, 'main')).toMatchObject({
      commits: [{ hash: to }],
      undone: [{ hash: live, subject: 'Live' }],
      changedFiles: 1,
    });
    const unknown = 'f'.repeat(40);
    expect(await repository.has(unknown)).toBe(false);
    expect(await repository.shipment(unknown, to, 'main')).toMatchObject({
      from: unknown,
      commits: [{ hash: to }],
      undone: [],
    });
  });

  test('shows no more than 200 commits', async () => {
    const origin = place.path('origin');
    const from = commit(origin, { a: '' });
    const tree = gitIn(origin, 'rev-parse', 'HEAD^{tree}');
    let to = from;
    for (let at = 0; at < 205; at += 1) to = gitIn(origin, 'commit-tree', tree, '-p', to, '-m', `n${at}`);
    gitIn(origin, 'reset', '-q', '--hard', to);
    const { commits } = await (await opened(origin)).shipment(from, to, 'main');
    expect([commits.length, commits[0]?.subject]).toEqual([200, 'n204']);
  });
});

test('names that a release has another use for are found', async () => {
  const origin = place.path('origin');
  const head = commit(origin, { '.fab/x': '', KEEP_UNTIL__x: '', '.fabric': '', 'src/.fab': '' });
  expect(await (await opened(origin)).ownNames(head)).toEqual(['.fab', 'KEEP_UNTIL__x']);
});

test('git-lfs is noticed anywhere in the tree', async () => {
  const origin = place.path('origin');
  const none = commit(origin, {
    '.gitattributes': '# *.bin filter=lfs\n*.txt eol=lf\n',
    'docs/x': '*.bin filter=lfs\n',
  });
  const some = commit(origin, { 'deep/er/.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n' });
  const repository = await opened(origin);
  expect([await repository.usesLfs(none), await repository.usesLfs(some)]).toEqual([false, true]);
});
