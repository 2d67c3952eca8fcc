import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { kinds, life } from './events.ts';
import { MemoryFleet } from './memory.ts';
import { checkLives } from './seed.ts';
import { share } from '../../proof.ts';
import { Tally } from './tally.ts';

const lives = share(1000, 100);
const length = 100;

test(`${lives * length} random operations: nothing live, pinned, in use, needed or being built is deleted, and garbage is`, async () => {
  const tally = { events: new Tally(), kept: new Tally(), deleted: new Tally() };
  const seed = await checkLives(
    fc.property(life(length), (events) => {
      const fleet = new MemoryFleet(1 + ((events[0]?.host ?? 0) % 4), tally);
      for (const event of events) fleet.happen(event);
    }),
    { lives, shrink: true, repeat: 'npm run proof -- tests/faults/retention/memory' },
  );
  process.stderr.write(
    `retention in memory, seed ${seed}, ${tally.events.total} operations\n${tally.events.table('operation')}\n\n${tally.kept.table('had to stay, because')}\n\n${tally.deleted.table('deleted, because')}\n`,
  );
  if (process.env['FAB_PATH'] !== undefined) return;
  expect(tally.events.total).toBe(lives * length);
  // A run that never met a case has not tested it.
  expect(kinds.filter((kind) => tally.events.of(kind) === 0)).toEqual([]);
  expect([...tally.kept.names()].sort()).toEqual([
    'being built',
    'built by another run',
    'in use',
    'in use, unseen',
    'live',
    'live before',
    'needed for rollback',
    'no release of ours',
    'one of the newest',
    'pinned',
  ]);
  expect([...tally.deleted.names()].sort()).toEqual([
    'its pin has expired',
    'never finished',
    'never published, or rolled back',
    'older than the successful ones that are kept',
  ]);
});
