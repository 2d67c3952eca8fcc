import { expect, test } from '@jest/globals';
import { loadPlay } from './engine.ts';

/** `SEED=n` in the environment tells one schedule from beginning to end. */
test('one schedule, line by line', async () => {
  const given = process.env['SEED'];
  const play = await loadPlay();
  const { lines, violations } = await play(Number(given ?? 1), { trace: true });
  if (given !== undefined) process.stdout.write(`${lines.join('\n')}\n`);
  expect(lines.length).toBeGreaterThan(10);
  expect(violations).toEqual([]);
});
