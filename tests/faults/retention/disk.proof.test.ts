import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DiskLife } from './disk.ts';
import { life, type Kind } from './events.ts';
import { checkLives } from './seed.ts';
import { isWhole, share } from '../../proof.ts';
import { Tally } from './tally.ts';

const lives = share(5);
const length = 100;
/** What a list that was lost was cannot be read again. */
const leftOut: readonly Kind[] = ['RELEASES.txt readable', 'nothing'];

test(`${lives * length} operations on disk with the real engine: nothing that anybody needs is deleted, and garbage is`, async () => {
  const tally = { events: new Tally(), kept: new Tally(), deleted: new Tally() };
  const began = Date.now();
  const seed = await checkLives(
    fc.asyncProperty(life(length, leftOut), async (events) => {
      const disk = new DiskLife((events[0]?.host ?? 0) % 3 === 0 ? ['web1'] : ['web1', 'web2'], tally);
      try {
        for (const event of events) await disk.happen(event);
      } finally {
        await disk.close();
      }
    }),
    { lives, shrink: false, repeat: 'npm run proof -- tests/faults/retention/disk' },
  );
  process.stderr.write(
    `retention on disk, seed ${seed}, ${tally.events.total} operations in ${Math.round((Date.now() - began) / 1000)} s\n${tally.events.table('operation')}\n\n${tally.kept.table('had to stay, because')}\n\n${tally.deleted.table('deleted')}\n`,
  );
  if (process.env['FAB_PATH'] !== undefined) return;
  expect(tally.events.total).toBe(lives * length);
  expect(tally.deleted.of('finished')).toBeGreaterThan(share(20));
  if (isWhole) expect(tally.deleted.of('never finished')).toBeGreaterThan(0);
  for (const reason of [
    'live',
    'pinned',
    'in use',
    'built by another run',
    'needed for rollback',
    'no release of ours',
  ])
    expect([reason, tally.kept.of(reason)]).toEqual([reason, expect.any(Number)]);
}, 400_000);
