import { expect, test } from '@jest/globals';
import { pad, textWidth, truncate, wrap } from '../../src/report/width.ts';

test.each<[string, number]>([
  ['plain', 5],
  ['', 0],
  ['日本', 4],
  ['ｶﾅ', 2],
  ['Ａ', 2],
  ['e\u0301', 1],
  ['한글', 4],
  ['🚀', 2],
  ['✓ ● …', 5],
  ['❤\ufe0f', 2],
  // Joined: two columns in a new terminal, eight in an old one.
  ['👨‍👩‍👧‍👦', 8],
])('%s takes at most %d columns', (text, columns) => {
  expect(textWidth(text)).toBe(columns);
});

test('a text is cut between whole characters, never wider than asked', () => {
  expect(truncate('abcdef', 6)).toBe('abcdef');
  expect(truncate('abcdef', 5)).toBe('abcd…');
  expect(truncate('日本語', 6)).toBe('日本語');
  expect(truncate('日本語', 5)).toBe('日本…');
  expect(truncate('日本語', 4)).toBe('日…');
  expect(truncate('e\u0301e\u0301e\u0301', 2)).toBe('e\u0301…');
  expect(truncate('a👨‍👩‍👧‍👦b', 5)).toBe('a…');
  expect(truncate('日', 1)).toBe('…');
  expect(truncate('abc', 1)).toBe('…');
  expect(truncate('abc', 0)).toBe('');
  expect(truncate('abc', -3)).toBe('');
});

test('padding counts columns, not characters', () => {
  expect(pad('日本', 6)).toBe('日本  ');
  expect(pad('longer', 3)).toBe('longer');
});

test('words are wrapped', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrap('incomprehensible words', 8)).toEqual(['incompr…', 'words']);
  expect(wrap('', 8)).toEqual(['']);
});
