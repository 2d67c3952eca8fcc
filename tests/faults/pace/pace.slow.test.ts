import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { NarrowLine } from './narrow-line.ts';

let line: NarrowLine;
beforeAll(async () => {
  line = await NarrowLine.open();
});
afterAll(() => line.close());

test('bulk data over 1 Mbit/s keeps the lock, because heartbeats never wait behind it', async () => {
  const { kept, size, seconds } = await line.send(1_500_000, 6, true);
  expect({ kept, size }).toEqual({ kept: true, size: 1_500_000 });
  expect(seconds).toBeGreaterThan(8);
});

test('nothing held back, it loses it: so the line is narrow enough to tell', async () => {
  expect((await line.send(1_500_000, 6, false)).kept).toBe(false);
});
