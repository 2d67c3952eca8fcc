import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readHeldState } from '../../../src/run/keeper/held-state.ts';
import { KeeperProcess, no, ok, variants, type Variant } from './process.ts';

const folder = mkdtempSync(join(tmpdir(), "fab keeper's-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Asks again and again, for at most ten seconds: less than a lease. A killed sh may just have begun a child that has
 * not let go of the descriptors yet; one that keeps them has them until the lease is over, and is found out.
 */
const until = async (is: () => Promise<boolean>): Promise<void> => {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await is()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('It did not come to that within ten seconds.');
};

const someText = expect.stringMatching(/\S/) as unknown;
const isRoot = process.getuid?.() === 0;

/** What a person, a path or a build can put into an argument. */
const hostile = [
  'plain',
  'two  spaces and a tab\there',
  ' leading and trailing ',
  'back\\slash \\n \\0101 \\c end \\\\',
  '100% %s %b %%',
  `'single' "double" \`back\``,
  '$HOME ${PATH} $(id) `id`',
  '* ? [a-z] {a,b} ~',
  '🚀 héllo Ávila ā 漢字 \u0081\u0084\u0088',
  'line one\nline two\r\nline three',
  'ends with newlines\n\n\n',
  '\n',
  '#!;&|<>()',
  '-n',
  '-e x',
  '',
];

describe.each(variants)('the keeper in $name', (variant: Variant) => {
  let root = '';
  let counted = 0;
  const running: KeeperProcess[] = [];
  const at = (path: string): string => join(root, path);
  const read = (path: string): string => readFileSync(at(path), 'utf8');
  const start = async (where = root, lease?: number): Promise<KeeperProcess> => {
    const keeper = new KeeperProcess(variant, where, lease);
    running.push(keeper);
    expect(await keeper.first()).toMatchObject({ ok: true });
    return keeper;
  };
  const release = (name: string): void => {
    mkdirSync(at(`releases/${name}`), { recursive: true });
  };

  beforeEach(() => {
    root = join(folder, `${variant.name} ${(counted += 1)} $x 'é`);
    mkdirSync(root);
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((keeper) => keeper.kill()));
  });

  test('begins with what current is, and makes the root it is given', async () => {
    const where = at('not/there\\yet%s');
    const keeper = new KeeperProcess(variant, where);
    running.push(keeper);
    expect(await keeper.first()).toEqual(ok('absent'));
    expect(statSync(join(where, '.fab')).isDirectory()).toBe(true);
  });

  test('a root that cannot be made is refused with a reason, and it ends', async () => {
    writeFileSync(at('file'), '');
    const keeper = new KeeperProcess(variant, at('file/below'));
    running.push(keeper);
    expect(await keeper.first()).toEqual(no('error', someText));
    expect(await keeper.ended).toBe(1);
  });

  test('look: absent, a link, a dangling link, a directory, a file', async () => {
    const keeper = await start();
    expect(await keeper.ask('look')).toEqual(ok('absent'));
    symlinkSync('releases/nowhere', at('current'));
    expect(await keeper.ask('look')).toEqual(ok('link releases/nowhere'));
    rmSync(at('current'));
    mkdirSync(at('current'));
    expect(await keeper.ask('look')).toEqual(ok('real'));
    rmSync(at('current'), { recursive: true });
    writeFileSync(at('current'), '');
    expect(await keeper.ask('look')).toEqual(ok('real'));
  });

  test('unknown words are answered, and what follows is too', async () => {
    const keeper = await start();
    expect(await keeper.ask('frobnicate', 'a b')).toEqual(no('error', 'unknown word frobnicate'));
    expect(await keeper.ask('look')).toEqual(ok('absent'));
  });

  describe('locks', () => {
    const owner = '{"user":"Ana  O\'Neil","task":"deploy %s \\\\ $(id)"}';

    test('one holder; the other is refused with the owner, whose text survives the refusal', async () => {
      const [one, two] = [await start(), await start()];
      expect(await one.ask('lock', '.fab/lock', '.fab/owner', owner)).toEqual(ok());
      expect(await two.ask('lock', '.fab/lock', '.fab/owner', 'somebody else')).toEqual(no('held', owner));
      expect(await two.ask('lock', '.fab/lock', '.fab/owner', 'somebody else')).toEqual(no('held', owner));
      expect(read('.fab/owner')).toBe(owner);
    });

    test('a lock without an owner is refused without one', async () => {
      const [one, two] = [await start(), await start()];
      expect(await one.ask('lock', 'releases/x/.fab/lock', '', '')).toEqual(ok());
      expect(await two.ask('lock', 'releases/x/.fab/lock', '', '')).toEqual(no('held'));
      expect(await two.ask('lock', 'releases/y/.fab/lock', '', '')).toEqual(ok());
    });

    test('who holds a lock may ask for it again: a resume does', async () => {
      const [one, two] = [await start(), await start()];
      expect(await one.ask('lock', '.fab/lock', '.fab/owner', owner)).toEqual(ok());
      expect(await one.ask('lock', '.fab/lock', '.fab/owner', owner)).toEqual(ok());
      expect(await two.ask('lock', '.fab/lock', '.fab/owner', 'other')).toEqual(no('held', owner));
    });

    test('is free at the end of its input', async () => {
      const [one, two] = [await start(), await start()];
      await one.ask('lock', '.fab/lock', '.fab/owner', owner);
      expect(await one.hangUp()).toBe(0);
      expect(await two.ask('lock', '.fab/lock', '.fab/owner', 'two')).toEqual(ok());
      expect(read('.fab/owner')).toBe('two');
    });

    test('is free after SIGKILL', async () => {
      const [one, two] = [await start(), await start()];
      await one.ask('lock', '.fab/lock', '.fab/owner', owner);
      await one.kill();
      await until(async () => (await two.ask('lock', '.fab/lock', '.fab/owner', 'two')).ok);
      expect(read('.fab/owner')).toBe('two');
    });

    test('is free after `end`, which removes what was alive', async () => {
      const [one, two] = [await start(), await start()];
      await one.ask('lock', '.fab/lock', '.fab/owner', owner);
      expect(await one.ask('alive', '.fab/alive-1')).toEqual(ok());
      expect(existsSync(at('.fab/alive-1'))).toBe(true);
      expect(await two.ask('alive', '.fab/alive-1')).toEqual(no('held'));
      expect(await one.ask('end')).toEqual(ok());
      expect(await one.ended).toBe(0);
      expect(existsSync(at('.fab/alive-1'))).toBe(false);
      expect(await two.ask('lock', '.fab/lock', '.fab/owner', 'two')).toEqual(ok());
    });

    test('whoever waits for the alive lock is let in when the input ends', async () => {
      const keeper = await start();
      await keeper.ask('alive', '.fab/alive-1');
      const wait = (seconds: string) =>
        spawnSync('flock', ['-s', '-w', seconds, at('.fab/alive-1'), 'true'], { encoding: 'utf8' }).status;
      expect(wait('0.2')).toBe(1);
      const path = at('.fab/alive-1');
      expect(await keeper.hangUp()).toBe(0);
      expect(existsSync(path)).toBe(false);
    });

    test('a file that was removed and made again is another lock: the name counts, not the old file', async () => {
      const [one, two] = [await start(), await start()];
      await one.ask('lock', '.fab/lock', '.fab/owner', 'one');
      rmSync(at('.fab/lock'));
      expect(await two.ask('lock', '.fab/lock', '.fab/owner', 'two')).toEqual(ok());
      const inode = statSync(at('.fab/lock')).ino;
      const three = await start();
      expect(await three.ask('lock', '.fab/lock', '.fab/owner', 'three')).toEqual(no('held', 'two'));
      expect(statSync(at('.fab/lock')).ino).toBe(inode);
    });

    test('a path that cannot be opened is an error, and the keeper goes on', async () => {
      const keeper = await start();
      mkdirSync(at('directory'));
      writeFileSync(at('file'), '');
      expect(await keeper.ask('lock', 'directory', '', '')).toEqual(no('error', someText));
      expect(await keeper.ask('lock', 'file/lock', '', '')).toEqual(no('error', someText));
      expect(await keeper.ask('alive', 'directory')).toEqual(no('error', someText));
      expect(await keeper.ask('look')).toEqual(ok('absent'));
    });

    test('an owner that cannot be written does not keep the lock from being taken: cleaning a full disk needs it', async () => {
      const [one, two] = [await start(), await start()];
      mkdirSync(at('.fab/owner'));
      expect(await one.ask('lock', '.fab/lock', '.fab/owner', 'me')).toEqual(ok());
      expect(await two.ask('lock', '.fab/lock', '.fab/owner', 'you')).toEqual(no('held'));
    });

    test('is not inherited by what others start while it is held', async () => {
      const [one, two] = [await start(), await start()];
      await one.ask('lock', '.fab/lock', '.fab/owner', 'one');
      // The words that start programs in the sh keeper.
      release('a');
      await one.ask('put', 'x', 'y');
      await one.ask('prepare', 'releases/a', 'absent', 'r');
      await one.ask('decide', 'd');
      await one.ask('commit');
      await one.kill();
      await until(async () => (await two.ask('lock', '.fab/lock', '.fab/owner', 'two')).ok);
      expect(read('.fab/owner')).toBe('two');
    });

    test('several of them', async () => {
      const keeper = await start();
      for (let n = 0; n < 6; n += 1) expect(await keeper.ask('lock', `locks/${n}`, '', '')).toEqual(ok());
      const other = await start();
      for (let n = 0; n < 6; n += 1) expect(await other.ask('lock', `locks/${n}`, '', '')).toEqual(no('held'));
    });
  });

  describe('files', () => {
    test('begin makes a release, with what is above it, once', async () => {
      const keeper = await start();
      expect(await keeper.ask('begin', 'releases/x')).toEqual(ok());
      expect(await keeper.ask('begin', 'releases/x')).toEqual(no('exists'));
      writeFileSync(at('file'), '');
      expect(await keeper.ask('begin', 'file')).toEqual(no('exists'));
      expect(await keeper.ask('begin', 'file/x')).toEqual(no('error', someText));
      expect(statSync(at('releases/x')).mode & 0o777).toBe(0o755);
    });

    test('a release that begins is held from its first moment, and leaves no draft', async () => {
      const [one, two] = [await start(), await start()];
      const answers = await Promise.all([one.ask('begin', 'releases/x'), two.ask('begin', 'releases/x')]);
      expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
      expect(answers.filter((answer) => !answer.ok)).toEqual([no('exists')]);
      const [owner, other] = answers[0].ok ? [one, two] : [two, one];
      expect(await other.ask('away', 'releases/x', '.fab/trash/x')).toEqual(no('held'));
      expect(await owner.ask('lock', 'releases/x/.fab/lock', '', '')).toEqual(ok());
      expect(readdirSync(at('.fab'))).toEqual([]);
    });

    test('a second release of one keeper is held as well, also after one that failed', async () => {
      const [one, two] = [await start(), await start()];
      writeFileSync(at('file'), '');
      for (const name of ['releases/x', 'releases/y']) {
        expect(await one.ask('begin', name)).toEqual(ok());
        expect(await one.ask('begin', 'file/x')).toEqual(no('error', someText));
        expect(await two.ask('lock', `${name}/.fab/lock`, '', '')).toEqual(no('held'));
      }
    });

    test('dirs makes all of them and is content with what is there', async () => {
      const keeper = await start();
      expect(await keeper.ask('dirs', 'a/b b/c')).toEqual(ok());
      expect(await keeper.ask('dirs', 'a/b b/c')).toEqual(ok());
      expect(statSync(at('a/b b/c')).isDirectory()).toBe(true);
      writeFileSync(at('file'), '');
      expect(await keeper.ask('dirs', 'file/x')).toEqual(no('error', someText));
    });

    test.each(hostile)('put, get and add keep %j', async (text) => {
      const keeper = await start();
      expect(await keeper.ask('put', 'a/file', text)).toEqual(ok());
      expect(read('a/file')).toBe(text);
      expect(readdirSync(at('a'))).toEqual(['file']);
      const oneLine = text.replace(/[\r\n]+/g, ' ');
      const got = await keeper.ask('get', 'a/file');
      expect({ ...got, text: got.text.replace(/ +/g, ' ') }).toEqual(ok(oneLine.replace(/ +/g, ' ').trim()));
      expect(await keeper.ask('add', 'log', text)).toEqual(ok());
      expect(await keeper.ask('add', 'log', 'next')).toEqual(ok());
      expect(read('log')).toBe(`${text}\nnext\n`);
    });

    test('hostile names are names', async () => {
      const keeper = await start();
      for (const name of hostile.filter((each) => each !== '' && !each.includes('/') && !each.endsWith('\n'))) {
        expect(await keeper.ask('put', `d/${name}`, name)).toEqual(ok());
        expect(read(`d/${name}`)).toBe(name);
        expect(await keeper.ask('dirs', `e/${name}`)).toEqual(ok());
      }
      expect(readdirSync(at('e')).sort()).toEqual(readdirSync(at('d')).sort());
      expect(await keeper.ask('begin', `f/${hostile.join('').replace(/[/\n]/g, '')}`)).toEqual(ok());
      expect(readdirSync(at('f'))).toHaveLength(1);
    });

    test('any text', async () => {
      const keeper = await start();
      const text = fc.string({ unit: 'grapheme', maxLength: 60 }).map((each) => each.replaceAll('\0', ''));
      await fc.assert(
        fc.asyncProperty(text, async (content) => {
          expect(await keeper.ask('put', 'file', content)).toEqual(ok());
          expect(read('file')).toBe(content);
        }),
        { numRuns: 60 },
      );
    });

    test('a long text', async () => {
      const keeper = await start(root, 50); // Shells read a byte at a time, which takes a slow machine long.
      const content = 'a line of a journal, "quoted" \\ %\n'.repeat(20_000);
      expect(await keeper.ask('put', 'file', content)).toEqual(ok());
      expect(read('file') === content).toBe(true);
    });

    test('get: absent, and empty', async () => {
      const keeper = await start();
      expect(await keeper.ask('get', 'no/such')).toEqual(no('absent'));
      writeFileSync(at('empty'), '');
      expect(await keeper.ask('get', 'empty')).toEqual(ok());
    });

    test('get of a directory: whether it is there', async () => {
      release('a');
      const keeper = await start();
      expect(await keeper.ask('get', 'releases/a/.')).not.toEqual(no('absent'));
      expect(await keeper.ask('get', 'releases/b/.')).toEqual(no('absent'));
      expect(await keeper.ask('beat')).toEqual(ok());
    });

    test('put replaces a file whole and leaves a directory alone', async () => {
      const keeper = await start();
      writeFileSync(at('file'), 'a longer text than the next');
      expect(await keeper.ask('put', 'file', 'short')).toEqual(ok());
      expect(read('file')).toBe('short');
      mkdirSync(at('directory'));
      expect(await keeper.ask('put', 'directory', 'text')).toEqual(no('error', someText));
      expect(readdirSync(at('directory'))).toEqual([]);
      expect(await keeper.ask('put', 'file/below', 'text')).toEqual(no('error', someText));
    });

    test('add repairs a torn last line', async () => {
      const keeper = await start();
      writeFileSync(at('journal'), 'whole\n{"torn');
      expect(await keeper.ask('add', 'journal', 'next')).toEqual(ok());
      expect(read('journal')).toBe('whole\n{"torn\nnext\n');
      expect(await keeper.ask('add', 'journal', 'last')).toEqual(ok());
      expect(read('journal')).toBe('whole\n{"torn\nnext\nlast\n');
      writeFileSync(at('journal'), 'ends in é');
      expect(await keeper.ask('add', 'journal', 'next')).toEqual(ok());
      expect(read('journal')).toBe('ends in é\nnext\n');
    });

    test('add to what is no file is an error', async () => {
      const keeper = await start();
      mkdirSync(at('directory'));
      writeFileSync(at('file'), '');
      expect(await keeper.ask('add', 'directory', 'x')).toEqual(no('error', someText));
      expect(await keeper.ask('add', 'file/below', 'x')).toEqual(no('error', someText));
    });

    (isRoot ? test : test.skip)('a full disk is an error, and the old file stays whole', async () => {
      const disk = at('disk');
      mkdirSync(disk);
      expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]).status).toBe(0);
      try {
        const keeper = await start(disk);
        expect(await keeper.ask('put', 'file', 'old')).toEqual(ok());
        expect(await keeper.ask('put', 'file', 'x'.repeat(100_000))).toEqual(no('error', someText));
        expect(read('disk/file')).toBe('old');
        // What was written of the new one is gone, or the next small file would not fit either.
        expect(readdirSync(disk).sort()).toEqual(['.fab', 'file']);
        expect(await keeper.ask('add', 'log', 'y'.repeat(100_000))).toEqual(no('error', someText));
        writeFileSync(join(disk, 'log'), '');
        expect(await keeper.ask('put', 'file', 'new')).toEqual(ok());
        expect(read('disk/file')).toBe('new');
      } finally {
        await Promise.all(running.splice(0).map((keeper) => keeper.kill()));
        spawnSync('umount', ['-l', disk]);
      }
    });

    (isRoot ? test : test.skip)('a disk that is read only is an error for every word that writes', async () => {
      const disk = at('disk');
      mkdirSync(disk);
      expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]).status).toBe(0);
      try {
        mkdirSync(join(disk, 'releases/a'), { recursive: true });
        writeFileSync(join(disk, 'file'), 'old');
        symlinkSync('releases/b', join(disk, 'current'));
        const keeper = await start(disk);
        expect(await keeper.ask('prepare', 'releases/a', 'link releases/b', 'r')).toEqual(ok());
        expect(await keeper.ask('decide', 'd')).toEqual(ok());
        expect(spawnSync('mount', ['-o', 'remount,ro', disk]).status).toBe(0);
        expect(await keeper.ask('commit')).toEqual(no('error', someText));
        expect(await keeper.ask('put', 'file', 'new')).toEqual(no('error', someText));
        expect(await keeper.ask('add', 'file', 'new')).toEqual(no('error', someText));
        expect(await keeper.ask('begin', 'dir')).toEqual(no('error', expect.not.stringMatching(/No such file/)));
        expect(await keeper.ask('dirs', 'dir')).toEqual(no('error', someText));
        expect(await keeper.ask('lock', 'lock', '', '')).toEqual(no('error', someText));
        expect(await keeper.ask('prepare', 'releases/a', 'link releases/b', 'r')).toEqual(no('error', someText));
        expect(await keeper.ask('fence', '7')).toEqual(no('error', someText));
        expect(await keeper.ask('undo', 'u')).toEqual(no('error', someText));
        expect(await keeper.ask('away', 'releases/a', '.fab/trash/a')).toEqual(no('error', someText));
        expect(await keeper.ask('look')).toEqual(ok('link releases/b'));
        expect(await keeper.ask('get', 'file')).toEqual(ok('old'));
      } finally {
        await Promise.all(running.splice(0).map((keeper) => keeper.kill()));
        spawnSync('umount', ['-l', disk]);
      }
    });
  });

  describe('publishing', () => {
    beforeEach(() => {
      release('a');
      release('b');
    });

    /** What the engine says to publish, round by round. */
    const prepared = async (keeper: KeeperProcess, name: string, before: string): Promise<void> => {
      expect(await keeper.ask('prepare', `releases/${name}`, before, `record of ${name}`)).toEqual(ok());
      expect(read('.fab/txn')).toBe(`record of ${name}`);
    };
    const decided = async (keeper: KeeperProcess, name: string, before: string): Promise<void> => {
      await prepared(keeper, name, before);
      expect(await keeper.ask('decide', 'decided')).toEqual(ok());
      expect(read('.fab/txn')).toBe('decided');
    };
    const files = (): readonly string[] =>
      readdirSync(at('.fab'))
        .filter((name) => name !== 'txn')
        .sort();

    test('prepare, decide, commit, close from nothing', async () => {
      const keeper = await start();
      await prepared(keeper, 'a', 'absent');
      expect(readlinkSync(at('.fab/next'))).toBe('releases/a');
      expect(existsSync(at('current'))).toBe(false);
      expect(await keeper.ask('decide', 'decided')).toEqual(ok());
      expect(existsSync(at('current'))).toBe(false);
      expect(await keeper.ask('commit')).toEqual(ok('link releases/a'));
      expect(readlinkSync(at('current'))).toBe('releases/a');
      expect(await keeper.ask('close', 'closed')).toEqual(ok());
      expect(read('.fab/txn')).toBe('closed');
      expect(files()).toEqual([]);
    });

    test('back to nothing, and back to a release', async () => {
      const keeper = await start();
      await decided(keeper, 'a', 'absent');
      await keeper.ask('commit');
      expect(await keeper.ask('undo', 'undo')).toEqual(ok());
      expect(read('.fab/txn')).toBe('undo');
      expect(readlinkSync(at('current'))).toBe('releases/a');
      expect(await keeper.ask('back', '')).toEqual(ok('absent'));
      expect(await keeper.ask('back', '')).toEqual(ok('absent'));
      expect(await keeper.ask('back', 'releases/b')).toEqual(ok('link releases/b'));
      expect(await keeper.ask('close', 'closed')).toEqual(ok());
      expect(files()).toEqual([]);
    });

    test('back restores an absolute link as it was', async () => {
      symlinkSync(at('releases/a'), at('current'));
      const keeper = await start();
      await decided(keeper, 'b', `link ${at('releases/a')}`);
      expect(await keeper.ask('commit')).toEqual(ok('link releases/b'));
      await keeper.ask('undo', 'undo');
      expect(await keeper.ask('back', at('releases/a'))).toEqual(ok(`link ${at('releases/a')}`));
    });

    test('never back to what is not there, and never without a recorded undo', async () => {
      symlinkSync('releases/a', at('current'));
      const keeper = await start();
      expect(await keeper.ask('back', 'releases/b')).toEqual(no('error', 'no undo is recorded'));
      await keeper.ask('undo', 'undo');
      expect(await keeper.ask('back', 'releases/z')).toEqual(no('error', 'releases/z is not there'));
      expect(await keeper.ask('look')).toEqual(ok('link releases/a'));
      await keeper.ask('close', 'closed');
      expect(await keeper.ask('back', 'releases/b')).toEqual(no('error', 'no undo is recorded'));
    });

    test('nothing is renamed before the decision is written', async () => {
      symlinkSync('releases/a', at('current'));
      const keeper = await start();
      expect(await keeper.ask('commit')).toEqual(no('error', 'nothing is decided'));
      expect(await keeper.ask('decide', 'decided')).toEqual(no('error', 'nothing is prepared'));
      expect(existsSync(at('.fab/txn'))).toBe(false);
      await prepared(keeper, 'b', 'link releases/a');
      expect(await keeper.ask('commit')).toEqual(no('error', 'nothing is decided'));
      expect(await keeper.ask('look')).toEqual(ok('link releases/a'));
    });

    test('what was aborted takes the next link away and cannot be committed any more', async () => {
      symlinkSync('releases/a', at('current'));
      const keeper = await start();
      await decided(keeper, 'b', 'link releases/a');
      expect(await keeper.ask('abort', 'aborted')).toEqual(ok('link releases/a'));
      expect(read('.fab/txn')).toBe('aborted');
      expect(existsSync(at('.fab/next'))).toBe(false);
      expect(await keeper.ask('commit')).toEqual(no('error', 'nothing is decided'));
      expect(await keeper.ask('decide', 'decided')).toEqual(no('error', 'nothing is prepared'));
    });

    test('a second commit is not possible, another publish is', async () => {
      const keeper = await start();
      await decided(keeper, 'a', 'absent');
      await keeper.ask('commit');
      expect(await keeper.ask('commit')).toEqual(no('error', 'nothing is decided'));
      await decided(keeper, 'b', 'link releases/a');
      expect(await keeper.ask('commit')).toEqual(ok('link releases/b'));
    });

    test('a next link that another keeper left behind is not committed', async () => {
      mkdirSync(at('.fab'), { recursive: true });
      symlinkSync('releases/b', at('.fab/next'));
      const keeper = await start();
      expect(await keeper.ask('commit')).toEqual(no('error', 'nothing is decided'));
      await decided(keeper, 'a', 'absent');
      expect(await keeper.ask('commit')).toEqual(ok('link releases/a'));
    });

    test('prepare is refused when current is not what was seen, and leaves the old record', async () => {
      symlinkSync('releases/a', at('current'));
      const keeper = await start();
      expect(await keeper.ask('prepare', 'releases/b', 'absent', 'r')).toEqual(no('changed', 'link releases/a'));
      expect(await keeper.ask('prepare', 'releases/b', 'link releases/b', 'r')).toEqual(
        no('changed', 'link releases/a'),
      );
      expect(readdirSync(at('.fab'))).toEqual([]);
    });

    test('prepare is refused for what is not there', async () => {
      const keeper = await start();
      expect(await keeper.ask('prepare', 'releases/z', 'absent', 'r')).toEqual(no('error', 'releases/z is not there'));
      expect(await keeper.ask('decide', 'd')).toEqual(no('error', 'nothing is prepared'));
    });

    test.each(['directory', 'file'])('a real %s in the place of current is never replaced', async (kind) => {
      if (kind === 'directory') mkdirSync(at('current'));
      else writeFileSync(at('current'), 'precious');
      const keeper = await start();
      expect(await keeper.ask('prepare', 'releases/a', 'real', 'r')).toEqual(no('error', someText));
      expect(await keeper.ask('undo', 'undo')).toEqual(ok());
      expect(await keeper.ask('back', 'releases/a')).toEqual(no('error', 'current is no link'));
      expect(await keeper.ask('look')).toEqual(ok('real'));
    });

    test('current became a directory after prepare: the rename fails, nothing is lost', async () => {
      const keeper = await start();
      await decided(keeper, 'a', 'absent');
      mkdirSync(at('current'));
      writeFileSync(at('current/precious'), '');
      expect(await keeper.ask('commit')).toEqual(no('error', someText));
      expect(readdirSync(at('current'))).toEqual(['precious']);
    });

    test.each(['end of input', 'end'])('a link that was only prepared goes at %s; its record stays', async (how) => {
      symlinkSync('releases/a', at('current'));
      const keeper = await start();
      await decided(keeper, 'b', 'link releases/a');
      if (how === 'end') await keeper.ask('end');
      else expect(await keeper.hangUp()).toBe(0);
      await keeper.ended;
      expect(files().filter((name) => name !== 'spare')).toEqual([]);
      expect(read('.fab/txn')).toBe('decided');
      expect(readlinkSync(at('current'))).toBe('releases/a');
    });

    test('what was committed stays at the end of input', async () => {
      const keeper = await start();
      await decided(keeper, 'a', 'absent');
      await keeper.ask('commit');
      await keeper.hangUp();
      expect(readlinkSync(at('current'))).toBe('releases/a');
    });

    test('state tells link, number, record and releases in one answer', async () => {
      const keeper = await start();
      const state = async () => readHeldState((await keeper.ask('state')).text);
      expect(await state()).toEqual({ current: 'absent', epoch: 0, txn: { kind: 'none' }, releases: [] });
      release('2026-11-20_14.05.33');
      release('2026-11-20_14.05.32');
      writeFileSync(at('releases/2026-a-file'), '');
      writeFileSync(at('.fab/txn'), '{"v":1,\n"half');
      symlinkSync('releases/2026-11-20_14.05.33', at('current'));
      expect(await keeper.ask('fence', '12')).toEqual(ok());
      expect(await state()).toEqual({
        current: 'link releases/2026-11-20_14.05.33',
        epoch: 12,
        txn: { kind: 'unreadable' },
        releases: ['2026-11-20_14.05.32', '2026-11-20_14.05.33'],
      });
    });

    test('hangup and broken pipes do not end it: only its input does', async () => {
      const keeper = await start();
      keeper.child.kill('SIGHUP');
      expect(await keeper.ask('look')).toEqual(ok('absent'));
    });
  });

  describe('the fence', () => {
    test('waits for whoever works with an older number', async () => {
      const keeper = await start();
      expect(await keeper.ask('fence', '1')).toEqual(ok());
      expect(read('.fab/epoch')).toBe('1');
      const worker = spawn('flock', ['-s', at('.fab/work'), 'sleep', '30'], { detached: true, stdio: 'ignore' });
      try {
        await until(async () => !(await keeper.ask('fence', '2')).ok);
        expect(await keeper.ask('fence', '2')).toEqual(no('busy'));
        expect(read('.fab/epoch')).toBe('2');
      } finally {
        process.kill(-(worker.pid ?? 0), 'SIGKILL');
      }
      await until(async () => (await keeper.ask('fence', '2')).ok);
      // Held for a moment only: this run's own commands take it shared.
      expect(spawnSync('flock', ['-n', '-s', at('.fab/work'), 'true']).status).toBe(0);
    });
  });

  describe('away', () => {
    test('not while a durable step runs in it', async () => {
      release('a/.fab/steps/migrate');
      release('a/.fab/steps/ended');
      for (const step of ['migrate', 'ended']) writeFileSync(at(`releases/a/.fab/steps/${step}/lock`), '');
      const [holder, keeper] = [await start(), await start()];
      await holder.ask('lock', 'releases/a/.fab/steps/migrate/lock', '', '');
      expect(await keeper.ask('away', 'releases/a', '.fab/trash/a')).toEqual(no('held'));
      await holder.kill();
      await until(async () => (await keeper.ask('away', 'releases/a', '.fab/trash/a')).ok);
      expect(existsSync(at('.fab/trash/a'))).toBe(true);
    });

    test('renames a release out of sight', async () => {
      release('a');
      writeFileSync(at('releases/a/file'), '');
      const keeper = await start();
      expect(await keeper.ask('away', 'releases/a', '.fab/trash/a')).toEqual(ok());
      expect(readdirSync(at('releases'))).toEqual([]);
      expect(readdirSync(at('.fab/trash/a'))).toEqual(['file']);
    });

    test('not while another run holds it; afterwards it goes', async () => {
      release('a');
      const [one, two] = [await start(), await start()];
      await one.ask('lock', 'releases/a/.fab/lock', '', '');
      expect(await two.ask('away', 'releases/a', '.fab/trash/a')).toEqual(no('held'));
      expect(existsSync(at('releases/a'))).toBe(true);
      await one.kill();
      await until(async () => (await two.ask('away', 'releases/a', '.fab/trash/a')).ok);
      expect(existsSync(at('.fab/trash/a'))).toBe(true);
    });

    test('not the release that it builds itself', async () => {
      release('a');
      const keeper = await start();
      await keeper.ask('lock', 'releases/a/.fab/lock', '', '');
      expect(await keeper.ask('away', 'releases/a', '.fab/trash/a')).toEqual(no('held'));
    });

    test('what is not there is an error', async () => {
      const keeper = await start();
      expect(await keeper.ask('away', 'releases/a', '.fab/trash/a')).toEqual(no('error', someText));
    });
  });

  test('a line that the end of input cuts short was not said', async () => {
    const keeper = await start();
    keeper.child.stdin.write('put file half-of-the-te');
    expect(await keeper.hangUp()).toBe(0);
    expect(existsSync(at('file'))).toBe(false);
  });

  test('a link that breaks before an answer takes its files with it', async () => {
    release('a');
    const keeper = await start();
    expect(await keeper.ask('alive', '.fab/alive-1')).toEqual(ok());
    expect(await keeper.ask('prepare', 'releases/a', 'absent', 'r')).toEqual(ok());
    keeper.child.stdout.destroy();
    keeper.child.stdin.end('look\nlook\n');
    await keeper.ended;
    expect(readdirSync(at('.fab')).filter((name) => /^(next|alive)/.test(name))).toEqual([]);
  });

  test('nothing is said on standard error', async () => {
    release('a');
    const keeper = await start();
    await keeper.ask('lock', '.fab/lock', '.fab/owner', 'x');
    await keeper.ask('lock', 'releases', '', '');
    await keeper.ask('get', 'releases');
    await keeper.ask('put', 'releases', 'x');
    await keeper.ask('add', 'releases', 'x');
    await keeper.ask('prepare', 'releases/a', 'absent', 'r');
    await keeper.ask('decide', 'd');
    await keeper.ask('commit');
    await keeper.ask('undo', 'u');
    await keeper.ask('back', '');
    await keeper.ask('away', 'x', 'y');
    await keeper.hangUp();
    expect(keeper.errors).toBe('');
  });
});
