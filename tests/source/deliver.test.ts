import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PassThrough, Transform } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { RemoteProcess } from '../../src/model/session.ts';
import { paced, type Pace } from '../../src/session/pace.ts';
import { deliver } from '../../src/source/deliver.ts';
import { releaseRef } from '../../src/source/mirror-script.ts';
import { packCache, type PackCache } from '../../src/source/pack-cache.ts';
import { openRepository, type Repository } from '../../src/source/repository.ts';
import { commit, gitIn, hostMirror, localReceiver, longHistory, playground, type Playground } from './playground.ts';

let place: Playground;
let packs: PackCache;
let origin: string;
let repository: Repository;
const { signal } = new AbortController();

const at = (back: number): string => gitIn(origin, 'rev-parse', `main~${back}`);
const bring = async (mirror: string, release: string, wanted: string, open = () => localReceiver(mirror)) =>
  deliver({ repository, open: async () => open(), ref: releaseRef(release), commit: wanted, packs, signal });
const refs = (mirror: string): string => gitIn(mirror, 'for-each-ref', '--format=%(objectname) %(refname)');
const fsck = (mirror: string): string => gitIn(mirror, 'fsck', '--full', '--strict');
/** What an interrupted delivery could leave behind. */
const objects = (mirror: string): readonly string[] =>
  readdirSync(join(mirror, 'objects'), { recursive: true, encoding: 'utf8' }).filter(
    (name) => !['info', 'pack'].includes(name),
  );

beforeAll(async () => {
  place = playground();
  origin = place.path('origin');
  longHistory(origin, 5000);
  repository = await openRepository({ url: origin, cacheDirectory: place.path('cache'), signal });
});
afterAll(() => place.dispose());
beforeEach(() => {
  packs = packCache();
});
afterEach(async () => packs.dispose());

/** As a session opens it beside a keeper: what is sent waits for the pace. */
const pacedReceiver = (mirror: string, pace: Pace): RemoteProcess => {
  const receiver = localReceiver(mirror);
  return { ...receiver, input: paced(receiver.input, pace) };
};

describe('delivering', () => {
  test('a first commit, then 20 more as a small thin pack, then nothing', async () => {
    const mirror = hostMirror(place);
    const first = await bring(mirror, 'one', at(20));
    expect(first).toMatchObject({ ok: true });
    const second = await bring(mirror, 'two', at(0));
    expect(second).toMatchObject({ ok: true });
    const bytes = [first, second].map((each) => (each.ok ? each.value.bytes : -1));
    expect(bytes[0]).toBeGreaterThan(100_000);
    expect(bytes[1]).toBeLessThan(10_000);
    // Already there under this name, already there under another.
    expect(await bring(mirror, 'two', at(0))).toEqual({ ok: true, value: { bytes: 0 } });
    expect(await bring(mirror, 'again', at(20))).toEqual({ ok: true, value: { bytes: 32 } });
    expect(refs(mirror).split('\n')).toEqual([
      `${at(20)} refs/fab/releases/again`,
      `${at(20)} refs/fab/releases/one`,
      `${at(0)} refs/fab/releases/two`,
    ]);
    expect(fsck(mirror)).toBe('');
    // Kept as packs: no loose objects to write one by one.
    expect(objects(mirror).filter((name) => /^[0-9a-f]{2}\//.test(name))).toEqual([]);
  });

  test('the ref of a release can be moved, also backwards', async () => {
    const mirror = hostMirror(place);
    await bring(mirror, 'one', at(0));
    expect(await bring(mirror, 'one', at(7))).toMatchObject({ ok: true });
    expect(refs(mirror)).toBe(`${at(7)} refs/fab/releases/one`);
  });

  test('four at once into one mirror, and one pack for all hosts that have the same', async () => {
    const mirrors = Array.from({ length: 4 }, () => hostMirror(place));
    await Promise.all(mirrors.map((mirror) => bring(mirror, 'old', at(100))));
    expect(packs.made).toBe(1);
    // More old releases do not make another pack.
    await bring(mirrors[0]!, 'older', at(200));
    const made = packs.made;
    const answers = await Promise.all(mirrors.map((mirror) => bring(mirror, 'new', at(0))));
    expect(answers.map(({ ok }) => ok)).toEqual([true, true, true, true]);
    expect(packs.made).toBe(made + 1);
    const [mirror] = mirrors;
    const many = ['a', 'b', 'c', 'd'].map((release, index) => bring(mirror!, release, at(index + 1)));
    expect((await Promise.all(many)).map(({ ok }) => ok)).toEqual([true, true, true, true]);
    expect(fsck(mirror!)).toBe('');
  });

  test('to a host whose commits nobody here has', async () => {
    const mirror = hostMirror(place);
    const other = place.path('other');
    commit(other, { a: 'elsewhere' });
    gitIn(other, 'push', '-q', mirror, 'HEAD:refs/fab/releases/foreign');
    expect(await bring(mirror, 'new', at(0))).toMatchObject({ ok: true });
    expect(fsck(mirror)).toBe('');
  });

  test('over a link that cuts every byte apart and speaks no side band', async () => {
    const mirror = hostMirror(place);
    await bring(mirror, 'old', at(3));
    const open = (): RemoteProcess => {
      const { input, output, done } = localReceiver(mirror);
      const single = new Transform({
        transform(chunk: Buffer, _, callback) {
          const text = chunk.toString('latin1').replace('side-band-64k', 'side-none-64k');
          for (const byte of Buffer.from(text, 'latin1')) this.push(Buffer.from([byte]));
          callback();
        },
      });
      return { input, output: output.pipe(single), done };
    };
    expect(await bring(mirror, 'new', at(0), open)).toMatchObject({ ok: true });
  });

  test('writes no more than the pace allows', async () => {
    const mirror = hostMirror(place);
    const sizes: number[] = [];
    const pace = async (bytes: number): Promise<void> => void sizes.push(bytes);
    const open = async (): Promise<RemoteProcess> => pacedReceiver(mirror, pace);
    const answer = await deliver({ repository, open, ref: releaseRef('one'), commit: at(0), packs });
    const command = `0000${'0'.repeat(40)} ${at(0)} ${releaseRef('one')}\0 report-status ofs-delta quiet side-band-64k0000`;
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe((answer.ok ? answer.value.bytes : 0) + command.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(65_536);
  });
});

describe('a delivery that fails', () => {
  /** Lets so many bytes through to git, then ends its input. */
  const cutAfter = (mirror: string, bytes: number): RemoteProcess => {
    const { input, output, done } = localReceiver(mirror);
    let left = bytes;
    const narrow = new PassThrough();
    narrow.on('data', (chunk: Buffer) => {
      if (left <= 0) return;
      input.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) input.end();
    });
    input.on('error', () => undefined);
    return { input: narrow, output, done };
  };

  test('half a pack leaves no ref and nothing else', async () => {
    const mirror = hostMirror(place);
    const answer = await bring(mirror, 'one', at(0), () => cutAfter(mirror, 50_000));
    expect(answer).toMatchObject({ ok: false });
    expect(answer.ok ? '' : answer.failure).toMatch(/did not take the pack/);
    expect(refs(mirror)).toBe('');
    expect(objects(mirror)).toEqual([]);
    expect(await bring(mirror, 'one', at(0))).toMatchObject({ ok: true });
  });

  test('a pack over missing history is refused', async () => {
    const mirror = hostMirror(place);
    const thin = packCache();
    const lying: PackCache = { ...thin, get: async (which, wanted) => thin.get(which, wanted, [at(5)]) };
    const open = async (): Promise<RemoteProcess> => localReceiver(mirror);
    const answer = await deliver({ repository, open, ref: releaseRef('one'), commit: at(0), packs: lying });
    expect(answer).toMatchObject({ ok: false });
    expect(refs(mirror)).toBe('');
    expect(objects(mirror)).toEqual([]);
    await thin.dispose();
  });

  test('git refusing the ref is told with its words', async () => {
    const mirror = hostMirror(place);
    gitIn(mirror, 'config', 'receive.hideRefs', 'refs/fab');
    const answer = await bring(mirror, 'one', at(0));
    expect(answer.ok ? '' : answer.failure).toMatch(/refused refs\/fab\/releases\/one: deny updating a hidden ref/);
  });

  test("no mirror, no git, and somebody else's words", async () => {
    const mirror = hostMirror(place);
    rmSync(mirror, { recursive: true });
    await expect(bring(mirror, 'one', at(0))).rejects.toThrow(
      /status 128: fatal: .*does not appear to be a git repository/s,
    );
    await expect(bring(mirror, 'one', at(0), () => localReceiver(mirror, 'exec /no/such/git'))).rejects.toThrow(
      /status 127/,
    );
    const talks = await bring(mirror, 'one', at(0), () => localReceiver(mirror, 'echo Last login: today'));
    expect(talks).toEqual({ ok: false, failure: "Expected git's protocol and got «Last login: today»." });
  });

  test('a host that dies in the middle rejects with what its process said', async () => {
    const mirror = hostMirror(place);
    const real = localReceiver(mirror);
    const lost = new Promise<void>((_, reject) => setTimeout(() => reject(new Error('The connection was lost.')), 300));
    // Neither side of the streams ever says so.
    const open = (): RemoteProcess => ({ input: new PassThrough(), output: real.output, done: lost });
    await expect(bring(mirror, 'one', at(0), open)).rejects.toThrow('The connection was lost.');
    real.input.end();
    await real.done.catch(() => undefined);
  });

  test('cancelling ends a delivery that hangs', async () => {
    const cancel = new AbortController();
    const open = async (): Promise<RemoteProcess> => localReceiver('', 'exec sleep 2');
    setTimeout(() => cancel.abort(), 100);
    const started = Date.now();
    const delivery = deliver({ repository, open, ref: 'refs/x', commit: at(0), packs, signal: cancel.signal });
    await expect(delivery).rejects.toThrow(/abort/i);
    expect(Date.now() - started).toBeLessThan(1500);
  });

  test('cancelling ends it', async () => {
    const mirror = hostMirror(place);
    const cancel = new AbortController();
    const delivery = deliver({
      repository,
      open: async () =>
        pacedReceiver(mirror, async (bytes) => {
          if (bytes > 1000) cancel.abort();
          cancel.signal.throwIfAborted();
        }),
      ref: releaseRef('one'),
      commit: at(0),
      packs,
      signal: cancel.signal,
    });
    await expect(delivery).rejects.toThrow(/abort/i);
    expect(refs(mirror)).toBe('');
  });
});

test('packs are files of one folder, which goes', async () => {
  const pack = await packs.get(repository, at(0), []);
  expect(statSync(pack.path).size).toBe(pack.bytes);
  expect(readFileSync(pack.path).toString('latin1', 0, 4)).toBe('PACK');
  expect(statSync(dirname(pack.path)).mode & 0o777).toBe(0o700);
  expect((await packs.get(repository, at(0), ['f'.repeat(40)])).path).toBe(pack.path);
  await packs.dispose();
  expect(existsSync(dirname(pack.path))).toBe(false);
});
