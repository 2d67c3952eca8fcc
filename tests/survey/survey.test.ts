import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { journalLine } from '../../src/model/journal-line.ts';
import type { HostSurvey } from '../../src/model/survey.ts';
import { parseSurvey } from '../../src/survey/parse.ts';
import { surveyScript, type SurveyQuestion } from '../../src/survey/script.ts';
import { day, journalled, record } from '../plan/builders.ts';
import { runIn, shells } from '../shells.ts';
import { until } from '../session/local-host.ts';

const folder = mkdtempSync(join(tmpdir(), 'fab-survey-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isRoot = process.getuid?.() === 0;

describe.each(shells)('a survey by $name', (shell) => {
  let root = '';
  let counted = 0;
  const running: ChildProcess[] = [];
  beforeEach(() => {
    root = join(folder, `${shell.name} ${(counted += 1)} 'root' $x`);
  });
  afterEach(() => {
    for (const { pid } of running.splice(0)) process.kill(-(pid ?? 0), 'SIGKILL');
  });

  const write = (path: string, content = ''): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  const makeReleases = (...names: readonly string[]): void => {
    for (const name of names) mkdirSync(join(root, 'releases', name), { recursive: true });
  };
  const hold = async (...words: readonly [string, ...string[]]): Promise<void> => {
    const [program, ...rest] = words;
    const child = spawn(program, rest, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'], detached: true });
    running.push(child);
    await new Promise((resolve) => child.stdout.once('data', resolve));
  };
  const look = (more: Partial<SurveyQuestion> = {}, home = '/nowhere'): HostSurvey => {
    const script = surveyScript({ root, sharedPaths: [], journalsOf: [], ...more });
    const { status, stdout } = runIn(shell, script, { HOME: home });
    expect(status).toBe(0);
    return parseSurvey('web1', stdout, new Date());
  };
  /** What an untouched root says: everything that depends on this machine is checked once and left out. */
  const empty = () => ({
    host: 'web1',
    root,
    user: userInfo().username,
    uid: userInfo().uid,
    home: '/nowhere',
    machine: hostname(),
    current: { kind: 'absent' },
    releases: [],
    strays: [],
    lastSize: undefined,
    recorded: [],
    missingShared: [],
    notWritable: undefined,
    owner: undefined,
    lockHeld: false,
    txn: { kind: 'none' },
    epoch: 0,
    history: [],
  });
  const plain = (found: HostSurvey) => {
    const { disk, tools, clockSkewSeconds, bootId, path, seesProcesses, ...rest } = found;
    expect(disk?.freeBytes).toBeGreaterThan(0);
    expect(disk?.totalBytes).toBeGreaterThanOrEqual(disk?.freeBytes ?? 0);
    expect(disk?.freeInodes).toBeGreaterThan(0);
    expect(tools['flock']).toBe('yes');
    expect(Math.abs(clockSkewSeconds)).toBeLessThanOrEqual(2);
    expect(bootId).toMatch(/^[0-9a-f-]{36}$/);
    expect(path).not.toBe('');
    expect(typeof seesProcesses).toBe('boolean');
    return rest;
  };
  const blank = (name: string) => ({
    name,
    record: undefined,
    pinnedUntil: undefined,
    inUse: false,
    locked: false,
    journal: [],
    journalTooNew: false,
    journalGarbage: 0,
  });

  test('nothing there, and nothing is made', () => {
    expect(plain(look())).toEqual(empty());
    expect(spawnSync('ls', [root]).status).not.toBe(0);
  });

  test('~ is the home of whoever asks', () => {
    mkdirSync(join(root, 'www'), { recursive: true });
    expect(look({ root: '~/www' }, root).root).toBe(join(root, 'www'));
    expect(look({ root: '~' }, root).root).toBe(root);
    expect(look({ root: '/srv/~/x' }, root).root).toBe('/srv/~/x');
  });

  test('a whole host', () => {
    const [one, two] = [day(1), day(2)];
    const old = '2026-10-01_12.00';
    makeReleases(old, one, two);
    write(`releases/${one}/.fab/release.json`, JSON.stringify(record(one, { ref: 'näme 🚀 "q" \\' })));
    write(`releases/${two}/.fab/release.json`, `${JSON.stringify(record(two, { state: 'building' }))}\n`);
    const lines = [journalled('a', { result: { x: 'tab\there' } }), journalled('b')];
    write(`releases/${two}/.fab/journal.jsonl`, `${lines.map(journalLine).join('\n')}\n{"v":1,"step":"torn`);
    write(`releases/${one}/KEEP_UNTIL__2026-11-30_14.05.33`);
    write(`releases/${one}/KEEP_UNTIL__2026-11-28_14.05`);
    write(`releases/${two}/KEEP_UNTIL__someday`);
    write('RELEASES.txt', `/old/place/releases/${old}\n${root}/releases/${one}/\n\n  ${root}/releases/${two}  \n`);
    write('.fab/history.jsonl', '{"event":"published","to":"x"}\nnot json\n{"event":"rolled back"}\n');
    write('.fab/owner', '{"user":"Ana O\'Neil","task":"deploy %s \\\\"}');
    symlinkSync(`releases/${one}`, join(root, 'current'));
    expect(plain(look())).toEqual({
      ...empty(),
      current: { kind: 'release', id: one, exists: true },
      releases: [
        blank(old),
        {
          ...blank(one),
          record: record(one, { ref: 'näme 🚀 "q" \\' }),
          pinnedUntil: new Date('2026-11-30T14:05:33Z'),
        },
        { ...blank(two), record: record(two, { state: 'building' }), pinnedUntil: 'forever', journal: lines },
      ],
      recorded: [old, one, two],
      owner: '{"user":"Ana O\'Neil","task":"deploy %s \\\\"}',
      history: [{ event: 'published', to: 'x' }, { event: 'rolled back' }],
    });
  });

  describe('current', () => {
    const seen = (target: string) => {
      mkdirSync(root, { recursive: true });
      symlinkSync(target, join(root, 'current'));
      return look().current;
    };
    beforeEach(() => makeReleases(day(1), '2026-10-01_12.00', 'odd name'));
    test('relative', () => expect(seen(`releases/${day(1)}`)).toEqual({ kind: 'release', id: day(1), exists: true }));
    test('absolute, as the ancestor made them', () =>
      expect(seen(join(root, 'releases', day(1)))).toEqual({ kind: 'release', id: day(1), exists: true }));
    test('to the second form without seconds', () =>
      expect(seen('releases/2026-10-01_12.00')).toEqual({ kind: 'release', id: '2026-10-01_12.00', exists: true }));
    test('dangling', () => expect(seen(`releases/${day(9)}`)).toEqual({ kind: 'release', id: day(9), exists: false }));
    test('to the releases of another root, there or not', () => {
      const other = join(folder, `${shell.name} other ${counted}`, 'releases', day(1));
      expect(seen(other)).toEqual({ kind: 'foreign', target: other });
      mkdirSync(other, { recursive: true });
      expect(look().current).toEqual({ kind: 'foreign', target: other });
    });
    test('by another path to the same place', () => {
      const other = join(folder, `${shell.name} link ${counted}`);
      symlinkSync(root, other);
      const inside = { kind: 'release', id: day(1), exists: true };
      expect(seen(join(other, 'releases', day(1)))).toEqual(inside);
      rmSync(join(root, 'current'));
      expect(seen(`./releases/${day(1)}/`)).toEqual(inside);
    });
    test('foreign', () => expect(seen('/srv/app')).toEqual({ kind: 'foreign', target: '/srv/app' }));
    test('to a name that is no release', () =>
      expect(seen('releases/odd name')).toEqual({ kind: 'foreign', target: 'releases/odd name' }));
    test('to itself', () => expect(seen('current')).toEqual({ kind: 'foreign', target: 'current' }));
    test('a directory, and a file', () => {
      mkdirSync(join(root, 'current'));
      expect(look().current).toEqual({ kind: 'not-a-link' });
      rmSync(join(root, 'current'), { recursive: true });
      write('current');
      expect(look().current).toEqual({ kind: 'not-a-link' });
    });
  });

  test('odd names in releases/ are names; files are none', () => {
    const odd = ['a b', ' leading', "it's", '"q"', '$x `id` %s \\n', '-n', '*', '🚀', 'tab\tin it'];
    makeReleases(...odd, '.hidden');
    write('releases/stray.txt');
    write('releases/2026-11-01_12.00.00', 'a file with the name of a release');
    const { releases, strays } = look();
    expect(releases).toEqual([...odd].sort().map(blank));
    expect(strays).toEqual(['2026-11-01_12.00.00', 'stray.txt']);
  });

  test('links in releases/ are no releases: to a directory, to nowhere, to themselves', () => {
    const [one, elsewhere, nowhere, loop] = [day(1), day(2), day(3), day(4)];
    makeReleases(one);
    mkdirSync(join(root, 'elsewhere'));
    symlinkSync('../elsewhere', join(root, 'releases', elsewhere));
    symlinkSync('nowhere', join(root, 'releases', nowhere));
    symlinkSync(loop, join(root, 'releases', loop));
    const { releases, strays } = look();
    expect({ releases, strays }).toEqual({ releases: [blank(one)], strays: [elsewhere, nowhere, loop] });
    for (const target of [elsewhere, loop]) {
      symlinkSync(`releases/${target}`, join(root, 'current'));
      expect(look().current).toEqual({ kind: 'foreign', target: `releases/${target}` });
      rmSync(join(root, 'current'));
    }
  });

  test('a name with a line end harms no other', () => {
    makeReleases(`broken\nname`, day(1));
    expect(look().releases.find(({ name }) => name === day(1))).toEqual(blank(day(1)));
  });

  test('shared paths that are missing; folders are made later', () => {
    write("shared/conf/it's.yml");
    mkdirSync(join(root, 'shared/uploads'));
    const sharedPaths = ["conf/it's.yml", 'conf/missing $x.yml', 'uploads/', 'media/', 'uploads', '.env'];
    expect(look({ sharedPaths }).missingShared).toEqual(['conf/missing $x.yml', '.env']);
    rmSync(root, { recursive: true });
    expect(look({ sharedPaths: ['.env', 'media/'] }).missingShared).toEqual(['.env']);
  });

  test('journals: of the newest eight, stray files not counted, and of the one that is asked for', () => {
    const days = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    makeReleases(...days.map(day));
    for (const number of days)
      write(`releases/${day(number)}/.fab/journal.jsonl`, `${journalLine(journalled(`step ${number}`))}\n`);
    write('releases/zzz.txt', 'stray');
    const read = (journalsOf: readonly string[]) =>
      look({ journalsOf }).releases.flatMap(({ journal }) => journal.map(({ step }) => step));
    expect(read([])).toEqual(days.slice(1).map((number) => `step ${number}`));
    expect(read([day(1)])).toEqual(days.map((number) => `step ${number}`));
  });

  test('a line that was torn off takes nothing with it', () => {
    makeReleases(day(1), day(2));
    write(`releases/${day(1)}/.fab/journal.jsonl`, `${journalLine(journalled('a'))}\n{"v":1,"step":"b`);
    write('RELEASES.txt', `${root}/releases/${day(1)}\n${root}/releases/${day(2)}`);
    write('.fab/history.jsonl', '{"event":"published"}\n{"event":"rol');
    write('.fab/owner', 'me');
    const { releases, recorded, history, owner } = look();
    expect({ releases, recorded, history, owner }).toEqual({
      releases: [{ ...blank(day(1)), journal: [journalled('a')] }, blank(day(2))],
      recorded: [day(1), day(2)],
      history: [{ event: 'published' }],
      owner: 'me',
    });
  });

  test('a journal of a newer version is told', () => {
    makeReleases(day(1));
    write(`releases/${day(1)}/.fab/journal.jsonl`, `${journalLine(journalled('a'))}\n{"v":2}\n`);
    expect(look().releases).toEqual([{ ...blank(day(1)), journal: [journalled('a')], journalTooNew: true }]);
  });

  test('garbage in the middle of a journal is counted and hides nothing; a torn last line is normal', () => {
    makeReleases(day(1), day(2));
    const [a, b] = [journalLine(journalled('a')), journalLine(journalled('b'))];
    const garbage = [
      '\u0000\u0001',
      'null',
      '[1]',
      b.replace('"b"', '"c"'),
      `${b.slice(0, 30)}${b}`,
      'release\t../../etc',
    ];
    write(`releases/${day(1)}/.fab/journal.jsonl`, `${[a, ...garbage, b].join('\n')}\n`);
    write(`releases/${day(2)}/.fab/journal.jsonl`, `${a}\n${b.slice(0, 40)}`);
    const journal = [journalled('a'), journalled('b')];
    // To busybox's awk a NUL ends a line.
    const journalGarbage = garbage.length + (shell.name.startsWith('busybox') ? 1 : 0);
    expect(look().releases).toEqual([
      { ...blank(day(1)), journal, journalGarbage },
      { ...blank(day(2)), journal: journal.slice(0, 1) },
    ]);
  });

  test('room on the disk is what df says', () => {
    const figures = (flag: string): readonly number[] =>
      spawnSync('df', [flag, folder], { encoding: 'utf8' })
        .stdout.split('\n')[1]
        ?.split(/ +/)
        .slice(1, 4)
        .map(Number) ?? [];
    const [total = NaN, , free = NaN] = figures('-Pk');
    const { disk } = look();
    expect(disk?.totalBytes).toBe(total * 1024);
    // Others write meanwhile.
    expect(Math.abs((disk?.freeBytes ?? NaN) / 1024 - free)).toBeLessThan(200_000);
    expect(Math.abs((disk?.freeInodes ?? NaN) - (figures('-Pi')[2] ?? NaN))).toBeLessThan(20_000);
  });

  test('a second look leaves tools and disk out, and nothing else', () => {
    makeReleases(day(1), day(2));
    symlinkSync(join(root, 'releases', day(2)), join(root, 'current'));
    const first = look();
    expect(look({ again: true })).toEqual({
      ...first,
      tools: {},
      disk: undefined,
      clockSkewSeconds: expect.any(Number) as unknown as number,
    });
  });

  test('a record that somebody has laid out in lines is read, and harms no other', () => {
    makeReleases(day(1), day(2));
    write(`releases/${day(1)}/.fab/release.json`, JSON.stringify(record(day(1)), undefined, '\t'));
    write(`releases/${day(2)}/.fab/release.json`, '{\nrelease\t2026-01-01_00.00.00\n}');
    expect(look().releases).toEqual([{ ...blank(day(1)), record: record(day(1)) }, blank(day(2))]);
  });

  describe('the size of the last release', () => {
    const fill = (name: string, kibibytes: number): void => {
      for (let file = 0; file < 4; file += 1) write(`releases/${name}/deep/${file}`, 'x'.repeat(kibibytes * 256));
    };
    const size = () => look({ measure: true }).lastSize;
    const about = (kibibytes: number) => {
      const found = size();
      expect(found?.inodes).toBe(6); // Four files, two directories.
      expect(found?.bytes).toBeGreaterThanOrEqual(kibibytes * 1024);
      expect(found?.bytes).toBeLessThan((kibibytes + 64) * 1024);
    };
    test('is not asked for unless wanted, and there may be none', () => {
      makeReleases(day(1));
      expect(look().lastSize).toBeUndefined();
      rmSync(join(root, 'releases', day(1)), { recursive: true });
      expect(size()).toBeUndefined();
    });
    test('is measured where no record says it: of the live one, else of the newest finished one', () => {
      fill(day(1), 1024);
      fill(day(2), 512);
      about(512);
      makeReleases(day(3));
      write(`releases/${day(3)}/.fab/release.json`, JSON.stringify(record(day(3), { state: 'building' })));
      about(512);
      symlinkSync(`releases/${day(1)}`, join(root, 'current'));
      about(1024);
    });
    test('is believed where a record says it', () => {
      fill(day(1), 64);
      const own = { bytes: 123_456_789, inodes: 20_000 };
      write(`releases/${day(1)}/.fab/release.json`, JSON.stringify(record(day(1), { size: own })));
      expect(size()).toEqual(own);
    });
  });

  test('whether the fleet’s lock is held, without trying it', async () => {
    write('.fab/lock');
    expect(look().lockHeld).toBe(false);
    await hold('flock', join(root, '.fab/lock'), 'sh', '-c', 'echo; exec sleep 60');
    expect(look().lockHeld).toBe(true);
  });

  test('the record of the last publish and the epoch', () => {
    const txn = { v: 1, epoch: 7, run: day(1), release: day(1), phase: 'decided', participants: { web1: null } };
    write('.fab/txn', JSON.stringify(txn));
    write('.fab/epoch', '7\n');
    expect([look().txn, look().epoch]).toEqual([{ kind: 'record', record: txn }, 7]);
    write('.fab/txn', '{"v":2}');
    expect(look().txn).toEqual({ kind: 'too-new' });
    write('.fab/txn', '{\nowner\tx\n');
    expect([look().txn, look().owner]).toEqual([{ kind: 'unreadable' }, undefined]);
  });

  test('records that are none', () => {
    const bad = ['', '{"torn":', 'null', '[1]', '{"no":"version"}'];
    makeReleases(...bad.map((_, index) => day(index + 1)));
    bad.forEach((text, index) => write(`releases/${day(index + 1)}/.fab/release.json`, text));
    expect(look().releases).toEqual(bad.map((_, index) => blank(day(index + 1))));
  });

  test('a release whose lock is held, and one whose lock file only lies there', async () => {
    makeReleases(day(1), day(2));
    for (const number of [1, 2]) write(`releases/${day(number)}/.fab/lock`);
    await hold('flock', join(root, `releases/${day(2)}/.fab/lock`), 'sh', '-c', 'echo; exec sleep 60');
    expect(look().releases).toEqual([blank(day(1)), { ...blank(day(2)), locked: true, building: true }]);
  });

  (isRoot ? test : test.skip)('a release that a process stands in, through the link too', async () => {
    makeReleases(day(1), `${day(2)}/deep/down`, day(3));
    symlinkSync(`releases/${day(3)}`, join(root, 'current'));
    await hold('sh', '-c', `cd "releases/${day(2)}/deep/down" && echo && exec sleep 60`);
    await hold('sh', '-c', 'cd current && echo && exec sleep 60');
    const found = look();
    expect([found.seesProcesses, found.releases]).toEqual([
      true,
      [blank(day(1)), { ...blank(day(2)), inUse: true }, { ...blank(day(3)), inUse: true }],
    ]);
  });

  (isRoot ? test : test.skip)('a release that a program runs from', async () => {
    makeReleases(day(1));
    spawnSync('cp', ['/bin/sleep', join(root, `releases/${day(1)}/program`)]);
    const child = spawn(join(root, `releases/${day(1)}/program`), ['60'], { cwd: '/', detached: true });
    running.push(child);
    await until(() => child.pid !== undefined, 2);
    expect(look().releases).toEqual([{ ...blank(day(1)), inUse: true }]);
  });

  // busybox's own `[ -w` takes root's word for it, also on a disk that is read only.
  const readOnly = shell.path === undefined ? (isRoot ? test : test.skip) : () => undefined;
  readOnly('the nearest folder that may not be written to', () => {
    mkdirSync(root);
    const disk = join(root, 'disk');
    mkdirSync(disk);
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro,size=64k', 'tmpfs', disk]).status).toBe(0);
    try {
      expect(look({ root: join(disk, 'a/b') }).notWritable).toBe(disk);
    } finally {
      spawnSync('umount', [disk]);
    }
  });

  // As another user; busybox's tools lie in a folder that only we can read.
  const asNobody = shell.path === undefined ? (isRoot ? test : test.skip) : () => undefined;
  asNobody('what of ours belongs to somebody else', () => {
    makeReleases(day(1));
    write('.fab/epoch', '1');
    const script = surveyScript({ root, sharedPaths: [], journalsOf: [] });
    const told = () => {
      chmodSync(folder, 0o755);
      const words = ['--reuid=65534', '--regid=65534', '--clear-groups', ...shell.words, '-c', script];
      const { stdout } = spawnSync('setpriv', words, { encoding: 'utf8' });
      return parseSurvey('web1', stdout, new Date()).notWritable;
    };
    const give = (...paths: readonly string[]) => paths.forEach((path) => chownSync(join(root, path), 65534, 65534));
    expect(told()).toBe(root);
    give('.', 'releases');
    expect(told()).toBe(join(root, '.fab'));
    give('.fab');
    expect(told()).toBe(join(root, '.fab/epoch'));
    give('.fab/epoch');
    expect(told()).toBeUndefined();
  });

  test('nothing is changed', () => {
    makeReleases(day(1));
    write('RELEASES.txt', day(1));
    const before = spawnSync('find', [root, '-printf', '%p %T@ %s\\n'], { encoding: 'utf8' }).stdout;
    look({ measure: true });
    expect(spawnSync('find', [root, '-printf', '%p %T@ %s\\n'], { encoding: 'utf8' }).stdout).toBe(before);
  });
});

describe('parsing', () => {
  const parse = (...lines: readonly string[]) => parseSurvey('web1', lines.join('\n'), new Date(1_000_000));

  test('an answer that is none', () => {
    expect(parse('Welcome!', '')).toEqual({
      host: 'web1',
      root: '',
      user: '',
      uid: -1,
      home: '',
      machine: '',
      path: '',
      current: { kind: 'absent' },
      releases: [],
      strays: [],
      lastSize: undefined,
      recorded: [],
      missingShared: [],
      notWritable: undefined,
      disk: undefined,
      tools: {},
      clockSkewSeconds: NaN,
      bootId: undefined,
      seesProcesses: false,
      owner: undefined,
      lockHeld: false,
      txn: { kind: 'none' },
      epoch: 0,
      history: [],
    });
  });

  test('versions are their numbers; what says none is kept as it is', () => {
    expect(
      parse('tool-git\tgit version 2.39.5 (Apple Git-154)', 'tool-perl\t5.036000', 'tool-flock\tyes').tools,
    ).toEqual({
      git: '2.39.5',
      perl: '5.036000',
      flock: 'yes',
    });
  });

  test('disks, with a file system that counts no inodes', () => {
    expect(parse('disk\t100 40', 'inodes\t7').disk).toEqual({ totalBytes: 102_400, freeBytes: 40_960, freeInodes: 7 });
    expect(parse('disk\t100 40', 'inodes\t0').disk?.freeInodes).toBe(0);
    for (const inodes of ['-', ''])
      expect(parse('disk\t100 40', `inodes\t${inodes}`).disk?.freeInodes).toBe(Number.MAX_SAFE_INTEGER);
    expect(parse('disk\t').disk).toBeUndefined();
  });

  test('the clock, ahead and behind', () => {
    expect([parse('clock\t1060').clockSkewSeconds, parse('clock\t940').clockSkewSeconds]).toEqual([60, -60]);
  });

  test('of several pins the last one counts, and one that cannot be read above all', () => {
    const pins = (...names: readonly string[]) =>
      parse('release\tx', ...names.map((name) => `pin\t${name}`)).releases[0]?.pinnedUntil;
    expect(
      pins('KEEP_UNTIL__2026-11-28_14.05', 'KEEP_UNTIL__2026-11-30_14.05.33', 'KEEP_UNTIL__2026-11-29_14.05'),
    ).toEqual(new Date('2026-11-30T14:05:33Z'));
    expect(pins('KEEP_UNTIL__x', 'KEEP_UNTIL__2026-11-28_14.05')).toBe('forever');
    expect(pins('KEEP_UNTIL__2026-11-28_14.05', 'KEEP_UNTIL__x')).toBe('forever');
    expect(pins()).toBeUndefined();
  });
});
