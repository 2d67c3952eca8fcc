import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { objections } from '../../bench/peers/checker.ts';

const commit = 'c0ffee'.padEnd(40, '0');
const root = '/home/deploy/www/app';
const files = new Map([
  ['bin/build', '#!/bin/sh\n'],
  ['pages/one.txt', 'hello\n'],
  ['src/main.py', 'print(1)\n'],
]);
const records = { revision: 'REVISION', log: 'revisions.log' };

let host: string;
const disk = (path: string): string => join(host, path);
const judge = (): readonly string[] => objections(disk, { commit, files, root }, records);
const write = (path: string, text: string): void => {
  mkdirSync(dirname(disk(path)), { recursive: true });
  writeFileSync(disk(path), text);
};
const inRelease = (path: string): string => `${root}/releases/2/${path}`;

/** A host after a good deploy. */
beforeEach(() => {
  host = mkdtempSync(join(tmpdir(), 'fab-bench-checker-'));
  for (const [path, text] of files) write(inRelease(path), text);
  chmodSync(disk(inRelease('bin/build')), 0o755);
  write(inRelease('build/one.txt'), 'HELLO\n');
  write(inRelease('REVISION'), `${commit}\n`);
  write(`${root}/revisions.log`, `deployed ${commit}\n`);
  mkdirSync(disk(inRelease('config')));
  symlinkSync(`${root}/shared/uploads`, disk(inRelease('uploads')));
  symlinkSync('../../../shared/config/local.env', disk(inRelease('config/local.env')));
  symlinkSync('releases/2', disk(`${root}/current`));
});
afterEach(() => rmSync(host, { recursive: true }));

test('a good deploy stands, whether its links are absolute or relative', () => {
  expect(judge()).toEqual([]);
});

test.each<[string, () => void, string]>([
  ['a file that differs', () => write(inRelease('src/main.py'), 'print(2)\n'), 'not as committed: src/main.py'],
  ['a file too many', () => write(inRelease('left.over'), ''), 'not as committed: left.over'],
  ['a file too few', () => rmSync(disk(inRelease('pages/one.txt'))), 'missing: pages/one.txt'],
  ['a mode that differs', () => chmodSync(disk(inRelease('bin/build')), 0o644), 'not as committed: bin/build'],
  ['no build', () => rmSync(disk(inRelease('build/one.txt'))), 'missing: build/one.txt'],
  ['another revision', () => write(inRelease('REVISION'), 'f00\n'), 'REVISION does not name the commit'],
  ['no line in the log', () => write(`${root}/revisions.log`, ''), 'revisions.log does not name the commit'],
  ['no current', () => rmSync(disk(`${root}/current`)), 'current is no link'],
])('%s is seen', (_, plant, sentence) => {
  plant();
  expect(judge().join('\n')).toContain(sentence);
});

test('a copy in place of a link to what is shared is seen', () => {
  rmSync(disk(inRelease('uploads')));
  mkdirSync(disk(inRelease('uploads')));
  expect(judge()).toEqual(['uploads is no link to what is shared']);
});

test('more than five releases are seen', () => {
  for (const name of ['1', '3', '4', '5', '6']) mkdirSync(disk(`${root}/releases/${name}`));
  expect(judge()).toEqual(['6 releases are left']);
});
