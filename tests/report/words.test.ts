import { expect, test } from '@jest/globals';
import { capped, counted, listed, shortCommit } from '../../src/report/words.ts';

test('words', () => {
  expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(listed)).toEqual(['', 'a', 'a and b', 'a, b and c']);
  expect([counted(1, 'host'), counted(0, 'host')]).toEqual(['1 host', '0 hosts']);
  expect(shortCommit('9f8e7d6c5b4a')).toBe('9f8e7d6c5b');
  expect(capped(['a', 'b', 'c'], 3)).toEqual(['a', 'b', 'c']);
  expect(capped(['a', 'b', 'c'], 2)).toEqual(['a', 'b', '… and 1 more']);
});
