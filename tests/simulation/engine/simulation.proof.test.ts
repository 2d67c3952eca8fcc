import { beforeAll, expect, test } from '@jest/globals';
import { share } from '../../proof.ts';
import { loadPlay } from './engine.ts';
import { playMany, summaryText, unmet } from './many.ts';
import type { play } from './schedule.ts';

let playing: typeof play;
beforeAll(async () => {
  playing = await loadPlay();
});

/** FAB_SIMULATION asks for another number of schedules, FAB_SIMULATION_FROM for other seeds. */
const schedules = Number(process.env['FAB_SIMULATION'] ?? share(20_000));
const from = Number(process.env['FAB_SIMULATION_FROM'] ?? 1_000_000);

test(`${schedules} schedules of the real engine keep every promise`, async () => {
  const summary = await playMany(playing, from, schedules);
  process.stdout.write(summaryText(summary));
  expect(unmet(summary)).toEqual([]);
  expect(summary.failures).toEqual([]);
}, 3_600_000);
