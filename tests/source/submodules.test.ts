import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openRepository, type Repository } from '../../src/source/repository.ts';
import { sourceParts } from '../../src/source/source-parts.ts';
import { commit, gitIn, playground, type Playground } from './playground.ts';

let place: Playground;
let team: string;
let cacheDirectory: string;
let inner: string;
let library: string;
const { signal } = new AbortController();

const bare = (name: string): string => {
  gitIn(team, 'clone', '-q', '--bare', join(team, `${name}-work`), `${name}.git`);
  return join(team, `${name}.git`);
};
const addSubmodule = (work: string, url: string, path: string): void => {
  gitIn(work, 'config', 'remote.origin.url', join(team, 'app.git'));
  gitIn(work, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', url, path);
};
const open = async (url: string): Promise<Repository> =>
  openRepository({ url, cacheDirectory, signal, untrusted: true });

beforeAll(() => {
  place = playground();
  team = place.path('team');
  cacheDirectory = place.path('cache');
  mkdirSync(team);
  inner = commit(join(team, 'inner-work'), { 'inner.txt': '1' });
  bare('inner');
  commit(join(team, 'lib-work'), { 'lib.txt': '1' });
  addSubmodule(join(team, 'lib-work'), '../inner.git', 'vendor/inner é');
  library = commit(join(team, 'lib-work'), {}, 'Submodule');
  bare('lib');
  commit(join(team, 'app-work'), { 'app.txt': '1' });
});
afterAll(() => place.dispose());

test('submodules inside submodules, with relative URLs, each a part of its own', async () => {
  const work = join(team, 'app-work');
  const before = gitIn(work, 'rev-parse', 'HEAD');
  addSubmodule(work, '../lib.git', 'libs/my lib');
  const head = commit(work, {}, 'Submodule');
  bare('app');
  const app = await openRepository({ url: join(team, 'app.git'), cacheDirectory, signal });
  expect(await app.submodules(before)).toEqual([]);
  expect(await app.submodules(head)).toEqual([{ path: 'libs/my lib', url: join(team, 'lib.git'), commit: library }]);
  expect((await app.shipment(before, head, 'main')).submodules).toEqual([
    { path: 'libs/my lib', from: undefined, to: library },
  ]);

  // A URL out of a repository may not lead to this machine's disk, unless git is told so.
  await expect(sourceParts(app, head, open)).rejects.toThrow(/transport 'file' not allowed/);
  appendFileSync(process.env['GIT_CONFIG_GLOBAL']!, '[protocol "file"]\nallow = always\n');
  const parts = await sourceParts(app, head, open);
  expect(parts.map(({ path, repository, commit: at }) => [path, repository.url, at])).toEqual([
    ['', join(team, 'app.git'), head],
    ['libs/my lib', join(team, 'lib.git'), library],
    ['libs/my lib/vendor/inner é', join(team, 'inner.git'), inner],
  ]);
});

test('a submodule that was not pushed, has no URL, or is switched off', async () => {
  const work = join(team, 'app-work');
  const missing = '1234567890'.repeat(4);
  gitIn(work, 'update-index', '--cacheinfo', `160000,${missing},libs/my lib`);
  gitIn(work, 'commit', '-q', '-m', 'Not pushed');
  const unpushed = gitIn(work, 'rev-parse', 'HEAD');
  gitIn(work, 'config', '-f', '.gitmodules', 'submodule.libs/my lib.update', 'none');
  gitIn(work, 'commit', '-q', '-m', 'Switched off', '--', '.gitmodules');
  const off = gitIn(work, 'rev-parse', 'HEAD');
  gitIn(work, 'rm', '-q', '--cached', '.gitmodules');
  gitIn(work, 'commit', '-q', '-m', 'No url');
  const nameless = gitIn(work, 'rev-parse', 'HEAD');
  const app = await openRepository({ url: work, cacheDirectory, signal });
  await expect(sourceParts(app, unpushed, open)).rejects.toThrow(
    `The submodule libs/my lib needs commit ${missing}, which ${join(team, 'lib.git')} does not have: was it pushed?`,
  );
  expect(await app.submodules(off)).toEqual([]);
  await expect(app.submodules(nameless)).rejects.toThrow('has no url in .gitmodules');
});
