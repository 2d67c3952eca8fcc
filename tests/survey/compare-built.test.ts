import { appendFileSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Fleet } from '../../src/session/fleet.ts';
import { writeOut } from '../../src/source/checkout-script.ts';
import { asBuiltTree } from '../../src/source/verify-script.ts';
import { compareBuilt } from '../../src/survey/compare-built.ts';
import { createLocalTransport } from '../../src/transport/index.ts';
import { day, record, release, surveyed } from '../plan/builders.ts';
import { here } from '../session/local-host.ts';
import { busybox, commit, gitIn, playground, posix, write, type HostShell } from '../source/playground.ts';

const place = playground();
afterAll(() => place.dispose());
const small = busybox(place);
const shells: readonly HostShell[] = small === undefined ? [posix] : [posix, small];

const shared = ["conf/it's.yml", 'uploads/'];
const files = {
  'app.py': 'print(1)\n',
  'version.txt': '?\n',
  "conf/it's.yml": 'default\n',
  'uploads/.keep': '',
  'uploads/deep/x': '',
  'text.crlf': 'a\r\n',
  '.gitattributes': '*.crlf text\n',
};
let origin = '';
let head = '';
beforeAll(() => {
  origin = place.path('origin');
  head = commit(origin, files);
});

/** A host's root with one release as a build leaves it: a tracked file rewritten, shared files linked. */
const built = (version = 'built') => {
  const root = place.path('www');
  const mirror = join(root, '.fab/repo.git');
  mkdirSync(mirror, { recursive: true });
  gitIn(mirror, 'init', '-q', '--bare');
  gitIn(origin, 'push', '-q', mirror, `+${head}:refs/fab/releases/x`);
  const into = join(root, 'releases', day(1));
  const { status, stderr } = posix.run(writeOut({ mirror, commit: head, into }));
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  write(into, { 'version.txt': `${version}\n`, 'untracked.pyc': 'x' });
  rmSync(join(into, 'uploads'), { recursive: true });
  symlinkSync('../../shared/uploads', join(into, 'uploads'));
  return { root, mirror, into };
};

describe.each(shells)('the tree of a release as it was built, under $name', (shell) => {
  const told = ({ mirror, into }: ReturnType<typeof built>, except = shared) => {
    const { status, stdout, stderr } = shell.run(asBuiltTree({ mirror, commit: head, into, except }));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [tree = '', ...changes] = stdout.trimEnd().split('\n');
    expect(tree).toMatch(/^[0-9a-f]{40}$/);
    return { tree, changes: changes.map((line) => line.split('\t')[1]) };
  };

  test('is the same wherever the same was built, whatever happens to shared and untracked files', () => {
    const one = built();
    const before = told(one);
    expect(before.changes).toEqual(['version.txt']);
    expect(told(built())).toEqual(before);
    write(one.into, { "conf/it's.yml": 'secret', 'untracked.pyc': 'y', 'more.txt': 'z' });
    expect(told(one)).toEqual(before);
    expect(told(one, []).tree).not.toBe(before.tree);
    expect(told(one, []).changes).toEqual(["conf/it's.yml", 'uploads/.keep', 'uploads/deep/x', 'version.txt']);
  });

  test('is another after any change to a tracked file, and reads only', () => {
    const one = built();
    const before = told(one);
    for (const change of [
      () => appendFileSync(join(one.into, 'app.py'), '#'),
      () => rmSync(join(one.into, 'app.py')),
      () => mkdirSync(join(one.into, 'app.py')),
    ]) {
      change();
      expect(told(one).tree).not.toBe(before.tree);
      expect(told(one).changes).toEqual(['app.py', 'version.txt']);
    }
    expect(gitIn(one.mirror, 'count-objects')).toMatch(/^\d+ objects/);
    expect(readdirSync(one.into)).not.toContain('.git');
    rmSync(join(one.into, 'app.py'), { recursive: true });
    writeFileSync(join(one.into, 'app.py'), files['app.py']);
    expect(told(one)).toEqual(before);
  });
});

describe('comparing with what was recorded', () => {
  const treeOf = ({ mirror, into }: ReturnType<typeof built>): string =>
    posix.run(asBuiltTree({ mirror, commit: head, into, except: shared })).stdout.split('\n')[0] ?? '';
  const compare = async (roots: readonly { readonly root: string; readonly tree: string | undefined }[]) => {
    const fleet = new Fleet(createLocalTransport());
    const names = roots.map((_, index) => `web${index + 1}`);
    const { signal } = new AbortController();
    await Promise.all(names.map((name) => fleet.connect({ ...here, name }, signal)));
    try {
      return await compareBuilt({
        fleet,
        hosts: roots.map(({ root, tree }, index) =>
          surveyed(names[index] ?? '', {
            root,
            releases: [
              release(day(1), { record: record(day(1), { commit: head, ...(tree === undefined ? {} : { tree }) }) }),
            ],
          }),
        ),
        release: day(1),
        except: shared,
        sudoUser: undefined,
        path: [],
        forks: 4,
        signal,
      });
    } finally {
      await fleet.close();
    }
  };

  test('names the host and exactly the files that are not as they were built', async () => {
    const [one, two, three] = [built(), built(), built()];
    const tree = treeOf(one);
    appendFileSync(join(two.into, 'app.py'), '#');
    writeFileSync(join(three.into, 'version.txt'), files['version.txt']); // What the build wrote is gone.
    expect(await compare([one, two, three].map(({ root }) => ({ root, tree })))).toEqual([
      { host: 'web1', kind: 'as-built' },
      { host: 'web2', kind: 'damaged', files: ['app.py'] },
      { host: 'web3', kind: 'damaged', files: ['version.txt'] },
    ]);
  });

  test('without a whole copy to compare with, names all that is not as it was committed', async () => {
    const one = built();
    const tree = treeOf(one);
    appendFileSync(join(one.into, 'app.py'), '#');
    expect(await compare([{ root: one.root, tree }])).toEqual([
      { host: 'web1', kind: 'damaged', files: ['app.py', 'version.txt'] },
    ]);
  });

  test('a copy of hosts with another build is no measure', async () => {
    const [one, other] = [built(), built('another')];
    const [tree, otherTree] = [treeOf(one), treeOf(other)];
    appendFileSync(join(one.into, 'app.py'), '#');
    expect(
      await compare([
        { root: one.root, tree },
        { root: other.root, tree: otherTree },
      ]),
    ).toEqual([
      { host: 'web1', kind: 'damaged', files: ['app.py', 'version.txt'] },
      { host: 'web2', kind: 'as-built' },
    ]);
  });

  test('leaves out what has no tree, and says why it could not compare', async () => {
    const [one, two] = [built(), built()];
    rmSync(two.mirror, { recursive: true });
    const found = await compare([
      { root: one.root, tree: undefined },
      { root: two.root, tree: treeOf(one) },
    ]);
    expect(found).toEqual([{ host: 'web2', kind: 'unchecked', why: expect.stringContaining('not a git repository') }]);
  });
});
