import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseChangedFiles } from '../../src/source/changed-files.ts';
import { writeOut } from '../../src/source/checkout-script.ts';
import { fetchFrom, forgetRelease, prepareMirror, releaseRef } from '../../src/source/mirror-script.ts';
import { changedTracked, verify } from '../../src/source/verify-script.ts';
import { busybox, commit, gitIn, playground, posix, write, type HostShell, type Playground } from './playground.ts';

const place: Playground = playground();
const small = busybox(place);
const shells: readonly HostShell[] = small === undefined ? [posix] : [posix, small];
if (small === undefined && process.env['FAB_TEST_STRICT'] === '1') throw new Error('busybox is not installed.');

afterAll(() => place.dispose());

(small === undefined ? test.skip : test)('busybox is installed (else its pass is left out)', () => {
  expect(small?.name).toBe('busybox');
});

const attributes = `*.crlf eol=crlf
*.id ident
*.secret export-ignore
*.subst export-subst
-dash.crlf text
`;
const files = {
  '.gitattributes': attributes,
  'a.crlf': 'one\ntwo\n',
  // Before .gitattributes in git's order.
  '-dash.crlf': 'one\n',
  'b.id': '// $Id$\n',
  'c.secret': 'kept',
  'd.subst': '$Format:%H$\n',
  'bin/run.sh': '#!/bin/sh\n',
  'dir with \'quote/🚀 "x".txt': 'odd\n',
  'sub/.gitattributes': '*.raw -text\n',
  'sub/x.raw': 'a\r\nb\r\n',
  '.hidden': '',
};

const attributed = (): { readonly origin: string; readonly head: string } => {
  const origin = place.path('origin');
  write(origin, files);
  chmodSync(join(origin, 'bin/run.sh'), 0o755);
  symlinkSync('nowhere', join(origin, 'dangling'));
  symlinkSync('bin/run.sh', join(origin, 'link'));
  return { origin, head: commit(origin, {}) };
};

describe.each(shells)('the scripts under $name', (shell) => {
  let origin: string;
  let head: string;
  let mirror: string;
  const passes = (command: Parameters<HostShell['run']>[0], env: Record<string, string> = {}): string => {
    const { status, stdout, stderr } = shell.run(command, env);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return stdout.trimEnd();
  };
  const written = (wanted = head): string => {
    const into = join(place.path('www'), 'releases', '2026-11-20_14.05.33');
    passes(writeOut({ mirror, commit: wanted, into }));
    return into;
  };
  const adopt = (wanted: string, from = origin): string => {
    gitIn(from, 'push', '-q', mirror, `+${wanted}:refs/fab/releases/${wanted}`);
    return wanted;
  };

  beforeAll(() => {
    ({ origin, head } = attributed());
    mirror = join(place.path('host'), "it's a root", '.fab', 'repo.git');
    passes(prepareMirror(mirror));
    adopt(head);
  });

  test('a mirror is made once, by any number at once', async () => {
    const fresh = join(place.path('host'), 'é', 'repo.git');
    const script = [...Array.from({ length: 6 }, () => `${prepareMirror(fresh).text} &`), 'wait'].join('\n');
    expect(passes({ kind: 'command', text: script })).toBe('');
    expect(readdirSync(join(fresh, '..'))).toEqual(['repo.git']);
    expect(gitIn(fresh, 'rev-parse', '--is-bare-repository')).toBe('true');
    expect(statSync(fresh).mode & 0o777).toBe(0o755);
    expect(existsSync(join(fresh, 'hooks'))).toBe(false);
    const before = statSync(fresh).ino;
    passes(prepareMirror(fresh));
    expect(statSync(fresh).ino).toBe(before);
    writeFileSync(join(fresh, '..', 'file'), '');
    expect(shell.run(prepareMirror(join(fresh, '..', 'file', 'repo.git'))).status).not.toBe(0);
  });

  test('the files are what git checks out, and the tree is the commit’s', () => {
    const into = written();
    expect(readFileSync(join(into, 'a.crlf'), 'utf8')).toBe('one\r\ntwo\r\n');
    expect(readFileSync(join(into, '-dash.crlf'), 'utf8')).toBe('one\r\n');
    expect(readFileSync(join(into, 'b.id'), 'utf8')).toMatch(/\$Id: [0-9a-f]{40} \$/);
    expect(readFileSync(join(into, 'c.secret'), 'utf8')).toBe('kept');
    expect(readFileSync(join(into, 'd.subst'), 'utf8')).toBe('$Format:%H$\n');
    expect(readFileSync(join(into, 'sub/x.raw'), 'utf8')).toBe('a\r\nb\r\n');
    expect(readlinkSync(join(into, 'dangling'))).toBe('nowhere');
    expect(statSync(join(into, 'bin/run.sh')).mode & 0o777).toBe(0o755);
    expect(statSync(join(into, 'a.crlf')).mode & 0o777).toBe(0o644);
    write(into, { 'node_modules/x.js': 'untracked', '.fab/release.json': '{}' });
    const tree = gitIn(origin, 'rev-parse', `${head}^{tree}`);
    expect(passes(verify({ mirror, commit: head, into }))).toBe(tree);
    expect(passes(changedTracked({ mirror, commit: head, into }))).toBe('');
    expect(existsSync(join(into, '.git'))).toBe(false);
  });

  test("nobody's configuration has a say", () => {
    const home = place.path('home');
    write(home, {
      '.gitconfig':
        '[core]\nautocrlf = true\nattributesFile = ~/attrs\n[filter "up"]\nclean = tr a-z A-Z\nsmudge = tr a-z A-Z\n',
      attrs: '* filter=up\n',
      '.config/git/attributes': '* filter=up\n',
    });
    const env = { HOME: home, GIT_CONFIG_GLOBAL: join(home, '.gitconfig'), XDG_CONFIG_HOME: join(home, '.config') };
    const into = join(place.path('www'), 'r');
    passes(writeOut({ mirror, commit: head, into }), env);
    expect(readFileSync(join(into, 'c.secret'), 'utf8')).toBe('kept');
    expect(passes(verify({ mirror, commit: head, into }), env)).toBe(gitIn(origin, 'rev-parse', `${head}^{tree}`));
  });

  test('a partial earlier attempt goes, what is the tool’s stays', () => {
    const into = written();
    write(into, {
      '.fab/journal.jsonl': 'kept',
      'KEEP_UNTIL__2026-11-30_14.05.33': '',
      'stale/x': '',
      '.stale': '',
      '..odd': '',
    });
    rmSync(join(into, 'link'));
    mkdirSync(join(into, 'link'));
    symlinkSync('/nowhere', join(into, 'loose'));
    passes(writeOut({ mirror, commit: head, into }));
    expect(readdirSync(into).sort()).toEqual(
      [
        '-dash.crlf',
        '.fab',
        '.gitattributes',
        '.hidden',
        'KEEP_UNTIL__2026-11-30_14.05.33',
        'a.crlf',
        'b.id',
        'bin',
      ].concat(['c.secret', 'd.subst', 'dangling', "dir with 'quote", 'link', 'sub']),
    );
    expect(readFileSync(join(into, '.fab/journal.jsonl'), 'utf8')).toBe('kept');
    passes(writeOut({ mirror, commit: head, into, keep: [] }));
    expect(existsSync(join(into, '.fab'))).toBe(false);
  });

  test('the live release is not written into', () => {
    const into = written();
    symlinkSync('releases/2026-11-20_14.05.33', join(into, '../../current'));
    appendFileSync(join(into, 'a.crlf'), 'live');
    const { status, stderr } = shell.run(writeOut({ mirror, commit: head, into }));
    expect([status, stderr]).toEqual([1, `${into} is live: nothing is written into it\n`]);
    expect(readFileSync(join(into, 'a.crlf'), 'utf8')).toContain('live');
  });

  test('notices every change to a tracked file', () => {
    const into = written();
    chmodSync(join(into, 'a.crlf'), 0o755);
    // The same size and the same time stamp.
    const { atime, mtime } = statSync(join(into, 'c.secret'));
    writeFileSync(join(into, 'c.secret'), 'kepT');
    utimesSync(join(into, 'c.secret'), atime, mtime);
    rmSync(join(into, '.hidden'));
    rmSync(join(into, 'dangling'));
    writeFileSync(join(into, 'dangling'), 'a file now');
    writeFileSync(join(into, 'dir with \'quote/🚀 "x".txt'), 'changed');
    const { status, stdout, stderr } = shell.run(verify({ mirror, commit: head, into }));
    expect([status, stdout]).toEqual([1, '']);
    const odd = '"dir with \'quote/\\360\\237\\232\\200 \\"x\\".txt"';
    expect(stderr).toBe(
      `5 files in ${into} differ from commit ${head}:\nD\t.hidden\nM\ta.crlf\nM\tc.secret\nT\tdangling\nM\t${odd}\n`,
    );
    const changed = parseChangedFiles(
      passes(changedTracked({ mirror, commit: head, into, except: ['.hidden', 'dangling/'] })),
    );
    expect(changed.map(({ status: how, path, mode }) => `${how} ${mode} ${path}`)).toEqual([
      'M 100755 a.crlf',
      'M 100644 c.secret',
      `M 100644 dir with 'quote/🚀 "x".txt`,
    ]);
    expect(changed[1]?.hash).toBe(gitIn(into, 'hash-object', 'c.secret'));
  });

  test('shared paths that became links are left out, as paths and not as patterns', () => {
    const work = place.path('shared');
    const shared = commit(work, { 'log/.gitkeep': '', 'log[1]/.gitkeep': '', 'media/a': '', 'media-x/a': '' });
    adopt(shared, work);
    const into = written(shared);
    for (const name of ['log[1]', 'media']) {
      rmSync(join(into, name), { recursive: true });
      symlinkSync('/tmp', join(into, name));
    }
    rmSync(join(into, 'media-x/a'));
    const look = { mirror, commit: shared, into };
    expect(parseChangedFiles(passes(changedTracked(look))).map(({ path }) => path)).toEqual([
      'log[1]/.gitkeep',
      'media-x/a',
      'media/a',
    ]);
    const less = passes(changedTracked({ ...look, except: ['log[1]', './media/'] }));
    expect(parseChangedFiles(less).map(({ path }) => path)).toEqual(['media-x/a']);
  });

  test('at most 20 paths are told', () => {
    const work = place.path('many');
    const many = commit(work, Object.fromEntries(Array.from({ length: 31 }, (_, index) => [`f${index}`, `${index}`])));
    adopt(many, work);
    const into = written(many);
    for (let index = 0; index < 31; index += 1) appendFileSync(join(into, `f${index}`), '!');
    const { stderr } = shell.run(verify({ mirror, commit: many, into }));
    const lines = stderr.trimEnd().split('\n');
    expect([lines.length, lines[0], lines.at(-1)]).toEqual([
      22,
      `31 files in ${into} differ from commit ${many}:`,
      'and 11 more',
    ]);
  });

  test('a commit that holds CRLF under `text`, or an expanded $Id$, is its own checkout', () => {
    const work = place.path('crooked');
    commit(work, { 'a.txt': 'x\r\ny\r\n', 'b.id': '$Id: 1234 $\n', 'c.txt': 'z\r\n', 'd.mixed': 'a\nb\r\n' });
    write(work, { '.gitattributes': '*.txt text\n*.id ident\n*.mixed eol=crlf\n' });
    gitIn(work, 'add', '.gitattributes');
    gitIn(work, 'commit', '-q', '-m', 'Attributes');
    const crooked = gitIn(work, 'rev-parse', 'HEAD');
    adopt(crooked, work);
    const into = written(crooked);
    expect(passes(verify({ mirror, commit: crooked, into }))).toBe(gitIn(work, 'rev-parse', 'HEAD^{tree}'));
    expect(passes(changedTracked({ mirror, commit: crooked, into }))).toBe('');
    appendFileSync(join(into, 'c.txt'), 'more\r\n');
    const { status, stderr } = shell.run(verify({ mirror, commit: crooked, into }));
    expect([status, stderr]).toEqual([1, `1 files in ${into} differ from commit ${crooked}:\nM\tc.txt\n`]);
  });

  test('an empty commit', () => {
    const work = place.path('empty');
    const empty = commit(work, {});
    adopt(empty, work);
    const into = written(empty);
    expect(passes(verify({ mirror, commit: empty, into }))).toBe(gitIn(work, 'rev-parse', 'HEAD^{tree}'));
  });

  test('a submodule is an empty directory, filled by its own call, and not in the way', () => {
    const work = place.path('parent');
    write(work, { a: '1' });
    gitIn(place.root, 'init', '-q', work);
    gitIn(work, 'add', '-A');
    gitIn(work, 'update-index', '--add', '--cacheinfo', `160000,${head},libs/one`);
    gitIn(work, 'commit', '-q', '-m', 'Submodule');
    const parent = gitIn(work, 'rev-parse', 'HEAD');
    adopt(parent, work);
    const into = written(parent);
    expect(readdirSync(join(into, 'libs/one'))).toEqual([]);
    passes(writeOut({ mirror, commit: head, into: join(into, 'libs/one'), keep: [] }));
    passes(verify({ mirror, commit: head, into: join(into, 'libs/one') }));
    expect(passes(verify({ mirror, commit: parent, into }))).toBe(gitIn(work, 'rev-parse', 'HEAD^{tree}'));
    rmSync(join(into, 'libs'), { recursive: true });
    expect(shell.run(verify({ mirror, commit: parent, into })).stderr).toContain('D\tlibs/one');
  });

  test('leaves no working files behind, and says what git says', () => {
    const tmp = place.path('tmp');
    mkdirSync(tmp);
    const into = join(place.path('www'), 'r');
    passes(writeOut({ mirror, commit: head, into }), { TMPDIR: tmp });
    passes(verify({ mirror, commit: head, into }), { TMPDIR: tmp });
    const missing = shell.run(writeOut({ mirror, commit: 'd'.repeat(40), into }), { TMPDIR: tmp });
    expect([missing.status, missing.stderr]).toEqual([1, expect.stringContaining('fatal: ')]);
    expect(shell.run(verify({ mirror, commit: head, into: `${into}-none` }), { TMPDIR: tmp }).status).toBe(1);
    expect(readdirSync(tmp)).toEqual([]);
  });

  test('parts joined by && stop at the first that fails', () => {
    const into = join(place.path('www'), 'r');
    const wrong = writeOut({ mirror, commit: 'd'.repeat(40), into });
    const joined = `${wrong.text} && ${verify({ mirror, commit: head, into }).text} && echo reached`;
    expect(shell.run({ kind: 'command', text: joined })).toMatchObject({ status: 1, stdout: '' });
  });

  describe('fetching', () => {
    const from = (url: string, wanted: string, ref: string): Parameters<HostShell['run']>[0] =>
      fetchFrom({ mirror, url, commit: wanted, ref, release: '2026-11-21_10.00.00' });
    const set = (): string => gitIn(mirror, 'rev-parse', releaseRef('2026-11-21_10.00.00'));

    test('a branch, an odd branch, and a branch that has moved', () => {
      const work = place.path('remote');
      const first = commit(work, { a: '1' });
      const odd = `fix/"it's"-🚀`;
      gitIn(work, 'branch', odd);
      passes(from(work, first, odd));
      expect(set()).toBe(first);
      const second = commit(work, { a: '2' });
      commit(work, { a: '3' });
      passes(from(work, second, 'main'));
      expect(set()).toBe(second);
      // Rewound: the commit is on no branch any more.
      const live = commit(work, { a: '4' });
      gitIn(work, 'reset', '-q', '--hard', first);
      passes(from(work, live, 'main'));
      expect(set()).toBe(live);
      gitIn(work, 'branch', '-D', odd);
      const hash = commit(work, { a: '5' });
      passes(from(work, hash, hash));
      expect(set()).toBe(hash);
      passes(forgetRelease({ mirror, release: '2026-11-21_10.00.00' }));
      expect(() => set()).toThrow();
    });

    test('a hash from a server that gives only refs', () => {
      const work = place.path('remote');
      const below = commit(work, { a: 'below' });
      commit(work, { a: 'above' });
      const old = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'protocol.version', GIT_CONFIG_VALUE_0: '0' };
      const { status, stderr } = shell.run(from(work, below, below), old);
      expect([status, stderr]).toEqual([
        0,
        expect.stringContaining('Server does not allow request for unadvertised object'),
      ]);
      expect(set()).toBe(below);
      expect(gitIn(mirror, 'for-each-ref', 'refs/fab/seen')).toBe('');
    });

    test('is tried four times, and then says so', async () => {
      const slept = place.path('slept');
      // A shell function, because busybox would use its own sleep whatever PATH says.
      const command = from(join(place.root, 'no such'), 'e'.repeat(40), 'main');
      const text = `sleep() { echo "$@" >>"$SLEPT"; }\n${command.text}`;
      const { status, stderr } = shell.run({ kind: 'command', text }, { SLEPT: slept });
      expect(status).toBe(1);
      expect(stderr).toMatch(/does not appear to be a git repository/);
      expect(stderr).toMatch(/could not be fetched, tried 4 times\n$/);
      const pauses = readFileSync(slept, 'utf8').trim().split('\n').map(Number);
      expect(pauses).toHaveLength(3);
      for (const [index, pause] of pauses.entries()) {
        expect(pause).toBeGreaterThanOrEqual(index + 1);
        expect(pause).toBeLessThanOrEqual(3 * (index + 1));
      }
    });
  });
});

test('what cannot stand in a script is refused before it is one', () => {
  expect(() => writeOut({ mirror: '/m', commit: 'a'.repeat(40), into: 'relative' })).toThrow('not an absolute path');
  expect(() => writeOut({ mirror: '/m', commit: 'a'.repeat(40), into: '/' })).toThrow('not an absolute path');
  expect(() => verify({ mirror: '/m', commit: 'main', into: '/r' })).toThrow('not a full commit hash');
  expect(() => prepareMirror('/a\nb')).toThrow('line break');
  expect(() =>
    fetchFrom({ mirror: '/m', url: '--upload-pack=x', commit: 'a'.repeat(40), ref: 'main', release: 'r' }),
  ).toThrow('dash');
});

test('a killed script removes its working files', async () => {
  const tmp = place.path('tmp');
  mkdirSync(tmp);
  const { origin, head } = attributed();
  const into = join(place.path('www'), 'r');
  // Stops where git would work.
  const text = verify({ mirror: join(origin, '.git'), commit: head, into }).text.replace(
    'mkdir -p "$work',
    ': >"$BEGUN"; sleep 1 & wait $!; mkdir -p "$work',
  );
  mkdirSync(into, { recursive: true });
  const begun = place.path('begun');
  const env = { ...process.env, TMPDIR: tmp, BEGUN: begun };
  const child = spawn('sh', ['-c', text], { env, detached: true, stdio: 'ignore' });
  const until = async (reached: () => boolean): Promise<void> => {
    for (let tries = 0; tries < 500 && !reached(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  await until(() => existsSync(begun)); // Past the moment in which mktemp itself would be what is killed.
  expect(readdirSync(tmp)).toHaveLength(1);
  process.kill(-child.pid!, 'SIGTERM');
  await until(() => readdirSync(tmp).length === 0);
  expect(readdirSync(tmp)).toEqual([]);
});
