import { expect, test } from '@jest/globals';
import { colours, coloursFor } from '../../src/report/colours.ts';

test('colours are on or off as told', () => {
  expect(colours(true).red('x')).toBe('\x1b[31mx\x1b[39m');
  expect(colours(true).red('')).toBe('');
  expect(colours(false).red('x')).toBe('x');
});

test.each([
  [{ isTTY: true }, {}, true],
  [{ isTTY: true }, { NO_COLOR: '1' }, false],
  [{ isTTY: true }, { NO_COLOR: '' }, true],
  [{ isTTY: true }, { TERM: 'dumb' }, false],
  [{}, {}, false],
  [{}, { FORCE_COLOR: '1' }, true],
  [{}, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  [{ isTTY: true }, { FORCE_COLOR: '0' }, false],
])('a stream %p with %p shows colours: %p', (stream, variables, shown) => {
  expect(coloursFor(stream, variables).red('x')).toBe(colours(shown).red('x'));
});
