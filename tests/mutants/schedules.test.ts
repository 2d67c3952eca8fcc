import { expect, test } from '@jest/globals';
import { loadPlay } from '../simulation/engine/engine.ts';

/** How many; `npm run mutants` asks for more than an ordinary run needs. */
const schedules = Number(process.env['FAB_SCHEDULES'] ?? 20);

/** The simulation as it is asked about a mutant: the first broken promise is enough. */
test('no schedule breaks a promise', async () => {
  const play = await loadPlay();
  for (let seed = 1; seed <= schedules; seed += 1) {
    const { violations } = await play(seed);
    expect({ seed, violations }).toEqual({ seed, violations: [] });
  }
}, 120_000);
