import { beforeAll, describe, expect, test } from '@jest/globals';
import { loadPlay } from './engine.ts';
import { playMany, summaryText } from './many.ts';
import type { play } from './schedule.ts';
import type { Planted } from './sim-host.ts';

let playing: typeof play;
beforeAll(async () => {
  playing = await loadPlay();
});

test('200 schedules of the real engine keep every promise', async () => {
  const summary = await playMany(playing, 1, 200);
  process.stdout.write(summaryText(summary));
  expect(summary.failures).toEqual([]);
}, 300_000);

test('the same seed is the same run, byte for byte', async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const { lines } = await playing(seed, { trace: true });
    expect(lines.length).toBeGreaterThan(10);
    expect((await playing(seed, { trace: true })).lines.join('\n')).toBe(lines.join('\n'));
  }
}, 60_000);

describe('a keeper with a fault is noticed', () => {
  const faults: readonly Planted[] = [
    'keeps its lock for ever',
    'writes no records',
    'does not rename',
    'undoes at its end',
  ];
  test.each(faults)('%s', async (planted) => {
    let seed = 0;
    let found: readonly string[] = [];
    while (found.length === 0 && seed < 200) found = (await playing((seed += 1), { planted })).violations;
    expect(found.join('\n')).toMatch(
      /^(whole or not at all|exit 0 is true|always resumable|nothing live is deleted|one run at a time|nothing runs on): /,
    );
  });
});
