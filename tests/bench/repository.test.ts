import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { isProgram, makeRepository } from '../../bench/peers/repository.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'fab-bench-repository-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const git = (repository: string, ...words: readonly string[]): string =>
  spawnSync('git', ['--git-dir', repository, ...words], { encoding: 'utf8', maxBuffer: 1 << 26 }).stdout;
const blobOf = (text: string): string =>
  createHash('sha1')
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest('hex');

test('the bench deploys the same commits everywhere, and knows what is in them', () => {
  const [one, other] = ['one.git', 'other.git'].map((name) => makeRepository(join(folder, name), 4));
  expect(one?.commits).toEqual(other?.commits);
  const [first = '', , , last = ''] = one?.commits ?? [];
  const listed = git(one?.folder ?? '', 'ls-tree', '-r', last)
    .trimEnd()
    .split('\n')
    .sort();
  const known = [...(one?.files(last) ?? [])].map(
    ([path, text]) => `${isProgram(path) ? '100755' : '100644'} blob ${blobOf(text)}\t${path}`,
  );
  expect(listed).toEqual(known.sort());
  expect(listed).toHaveLength(1459);
  const changed = git(one?.folder ?? '', 'diff', '--name-only', `${last}~`, last)
    .trimEnd()
    .split('\n');
  expect(changed).toHaveLength(6);

  one?.show(first);
  expect(git(one?.folder ?? '', 'rev-parse', 'master').trim()).toBe(first);
});
