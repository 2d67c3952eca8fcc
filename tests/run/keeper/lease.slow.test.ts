import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { KeeperProcess, ok, variants, type Variant } from './process.ts';

// Slow because nothing happens in it: a lease runs out in seconds, in each of the interpreters.
const lease = 2;

describe.each(variants)('the lease of the keeper in $name', (variant: Variant) => {
  let root = '';
  const running: KeeperProcess[] = [];
  const at = (path: string): string => join(root, path);
  const start = async (seconds: number): Promise<KeeperProcess> => {
    const keeper = new KeeperProcess(variant, root, seconds);
    running.push(keeper);
    expect(await keeper.first()).toMatchObject({ ok: true });
    return keeper;
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'fab keeper-lease-'));
    mkdirSync(at('releases/a'), { recursive: true });
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((keeper) => keeper.kill()));
    rmSync(root, { recursive: true, force: true });
  });

  test('ends by itself when nothing is said, and takes its locks and its link with it', async () => {
    const keeper = await start(lease);
    expect(await keeper.ask('lock', '.fab/lock', '', '')).toEqual(ok());
    const began = Date.now(); // Before it is asked: the lease counts from when it heard the last word.
    expect(await keeper.ask('prepare', 'releases/a', 'absent', 'r')).toEqual(ok());
    expect(await keeper.ended).toBe(0);
    expect(Date.now() - began).toBeGreaterThan(1500);
    expect(existsSync(at('.fab/next'))).toBe(false);
    const other = await start(15);
    expect(await other.ask('lock', '.fab/lock', '', '')).toEqual(ok());
  });

  test('any word keeps it', async () => {
    const keeper = await start(lease);
    for (let beat = 0; beat < 4; beat += 1) {
      await pause(900);
      expect(await keeper.ask('beat')).toEqual(ok());
    }
  });

  test('stopped for longer than the lease it obeys nothing that was said meanwhile', async () => {
    const keeper = await start(lease);
    expect(await keeper.ask('prepare', 'releases/a', 'absent', 'r')).toEqual(ok());
    expect(await keeper.ask('decide', 'd')).toEqual(ok());
    keeper.child.kill('SIGSTOP');
    const answer = keeper.ask('commit');
    await pause(3500);
    keeper.child.kill('SIGCONT');
    expect(await answer).toMatchObject({ ok: false, reason: 'gone' });
    expect(existsSync(at('current'))).toBe(false);
  });
});
