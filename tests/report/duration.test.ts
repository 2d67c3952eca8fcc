import { expect, test } from '@jest/globals';
import { duration, elapsed } from '../../src/report/duration.ts';

test('durations', () => {
  expect([0.04, 9.96, 59.9, 59.96, 65, 3599.6, 7620].map(duration)).toEqual([
    '0.0 s',
    '10.0 s',
    '59.9 s',
    '1 min 00 s',
    '1 min 05 s',
    '1 h 00 min',
    '2 h 07 min',
  ]);
  expect([-5, 999, 61_000, 3_661_000].map(elapsed)).toEqual(['0:00', '0:00', '1:01', '1:01:01']);
});
