import { expect, test } from '@jest/globals';
import { marksIn, overlaps, type Mark } from './effects.ts';
import { judge } from './judge.ts';
import { fight } from './stage.ts';

test('three controllers, killed, stopped and cut off: one at a time, and no lock is left', async () => {
  await fight(
    { controllers: 3, acquisitions: 10, lease: 1, pause: 300, stubborn: 0.1, between: 800, limit: 110 },
    judge,
  );
}, 240_000);

test('without the lock the same contest overlaps, and that is noticed', async () => {
  const rest = { lease: 1, pause: 50, stubborn: 0, between: 60_000, limit: 20 };
  await fight({ controllers: 3, acquisitions: 1000, unlocked: true, ...rest }, (_, { folder }) => {
    expect(overlaps(marksIn(folder)).length).toBeGreaterThan(0);
  });
}, 150_000);

test('an effect counts as overlapping when another run has begun before its end, on any host', () => {
  const mark = (run: string, host = 'web1'): Mark => ({ run, host, step: 'enter' });
  expect(overlaps([mark('a'), mark('a', 'web2'), mark('b'), mark('c')])).toEqual([]);
  expect(overlaps([mark('a'), mark('b'), mark('a', 'web2')])).toEqual(['a (enter on web2) after b had begun']);
});
