import { describe, expect, test } from '@jest/globals';
import { changedFileText, parseChangedFiles } from '../../src/source/changed-files.ts';
import { hideCredentials } from '../../src/source/credentials.ts';
import { looksLikeMigration } from '../../src/source/migrations.ts';
import { defaultCacheDirectory, mirrorName } from '../../src/source/mirror-name.ts';
import { resolveSubmoduleUrl } from '../../src/source/relative-url.ts';

describe('credentials in URLs', () => {
  test.each([
    ['fatal: https://ada:s3cret@host/a.git gone', 'fatal: https://host/a.git gone'],
    ['https://ghp_token@host/a.git', 'https://host/a.git'],
    ["'https://ada:p@ss@host/a.git'", "'https://host/a.git'"],
    ['ssh://git:pw@host:22/a.git', 'ssh://git@host:22/a.git'],
    ['ssh://git@host/a.git', 'ssh://git@host/a.git'],
    ['git@host:team/a.git', 'git@host:team/a.git'],
    ['https://host/a.git?private_token=abc&x=1', 'https://host/a.git?private_token=…&x=1'],
    ['mail ada@example.org', 'mail ada@example.org'],
  ])('%s', (text, shown) => {
    expect(hideCredentials(text)).toBe(shown);
  });
});

// The cases of git's own test t0060, "relative URLs".
describe('a relative submodule URL', () => {
  test.each([
    ['//somewhere else/repo', '../subrepo', '//somewhere else/subrepo'],
    ['//somewhere else/repo', '../../subrepo', '//subrepo'],
    ['//somewhere else/repo', '../../../subrepo', '/subrepo'],
    ['//somewhere else/repo', '../../../../subrepo', 'subrepo'],
    ['/foo/bar', '../submodule', '/foo/submodule'],
    ['./foo', '../submodule', 'submodule'],
    ['./foo/bar', '../submodule', 'foo/submodule'],
    ['../foo/bar', '../submodule', '../foo/submodule'],
    ['foo/bar', '../submodule', 'foo/submodule'],
    ['file:///tmp/repo', '../subrepo', 'file:///tmp/subrepo'],
    ['helper:://hostname/repo', '../../../subrepo', 'helper::/subrepo'],
    ['helper:://hostname/repo', '../../../../subrepo', 'helper::subrepo'],
    ['helper:://hostname/repo', '../../../../../subrepo', 'helper:subrepo'],
    ['ssh://hostname/repo', '../../subrepo', 'ssh://subrepo'],
    ['ssh://hostname/repo', '../../../../subrepo', 'ssh:subrepo'],
    ['ssh://hostname:22/repo', '../subrepo', 'ssh://hostname:22/subrepo'],
    ['user@host:path/to/repo', '../subrepo', 'user@host:path/to/subrepo'],
    ['user@host:repo', '../subrepo', 'user@host:subrepo'],
    ['user@host:repo', '../../subrepo', '.:subrepo'],
    ['https://host/team/app.git', './sub.git', 'https://host/team/app.git/sub.git'],
    ['https://host/team/app.git/', '../sub.git', 'https://host/team/sub.git'],
    ['https://host/team/app.git', 'https://other/sub', 'https://other/sub'],
  ])('%s + %s', (parent, url, whole) => {
    expect(resolveSubmoduleUrl(parent, url)).toBe(whole);
  });

  test('that climbs too high is refused', () => {
    expect(() => resolveSubmoduleUrl('foo', '../../../sub')).toThrow('leads out of');
  });
});

test('one mirror per repository, whoever asks', () => {
  expect(mirrorName('https://host/team/app.git')).toMatch(/^app-[0-9a-f]{12}\.git$/);
  expect(mirrorName('https://ada:t1@host/team/app.git')).toBe(mirrorName('https://t2@host/team/app.git'));
  expect(mirrorName('https://host/other/app.git')).not.toBe(mirrorName('https://host/team/app.git'));
  expect(mirrorName('git@host:Ünï/../..')).toMatch(/^repo-[0-9a-f]{12}\.git$/);
  expect(defaultCacheDirectory({ XDG_CACHE_HOME: '/c' })).toBe('/c/fabwright/repos');
});

test('what looks like a migration', () => {
  const paths = [
    'app/users/migrations/0002_email.py',
    'migration/V2__x.sql',
    'db/migrate/20260101_add.rb',
    'app/users/migrations/__init__.py',
    'app/immigrations/a.py',
    'migrations/README.md',
    'app/migrations.py',
  ];
  expect(paths.filter(looksLikeMigration)).toEqual(paths.slice(0, 3));
});

test("changed files are read from git's lines", () => {
  const zero = '0'.repeat(40);
  const hash = 'a'.repeat(40);
  const files = parseChangedFiles(
    `:100644 100755 ${hash} ${hash} M\tbin/run me\n:100644 000000 ${hash} ${zero} D\t"\\360\\237\\232\\200 \\"x\\"\\t.js"\n`,
  );
  expect(files).toEqual([
    { status: 'M', path: 'bin/run me', hash, mode: '100755' },
    { status: 'D', path: '🚀 "x"\t.js', hash: undefined, mode: '000000' },
  ]);
  expect(files.map(changedFileText)).toEqual([`M bin/run me ${hash}`, 'D 🚀 "x"\t.js']);
});
