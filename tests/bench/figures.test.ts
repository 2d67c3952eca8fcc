import { expect, test } from '@jest/globals';
import { lineThrough, median, ratio, spreadOf } from '../../bench/measure/statistics.ts';
import { figure, spread, table, times } from '../../bench/table.ts';

test('a median, even of an even number', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(median([])).toBeNaN();
});

test('a spread, a ratio, a line', () => {
  expect(spreadOf([2, 1, 4])).toEqual({ median: 2, least: 1, most: 4 });
  expect(spreadOf([])).toBeUndefined();
  expect(ratio(spreadOf([3]), spreadOf([2]))).toBe(1.5);
  expect(ratio(spreadOf([3]), undefined)).toBeUndefined();
  const { base, slope } = lineThrough([
    [1, 5],
    [2, 7],
    [3, 9],
  ]);
  expect([base, slope]).toEqual([3, 2]);
});

test('figures as a table has them', () => {
  expect([0.123, 1.25, 12.34, 31.4, 1234, 6].map(figure)).toEqual(['0.12', '1.3', '12.3', '31', '1,234', '6']);
  expect(spread(spreadOf([1.11, 1.22, 1.33]))).toBe('1.2 (1.1–1.3)');
  expect(spread(spreadOf([1.11]))).toBe('1.1');
  expect([times(1.234), times(undefined), spread(undefined)]).toEqual(['1.23 ×', '–', '–']);
});

test('a table aligns numbers by their right side', () => {
  expect(
    table([
      ['tool', 'wall'],
      ['bash', '1.2'],
      ['fabwright', '11'],
    ]),
  ).toBe(['| tool      | wall |', '| --------- | ---: |', '| bash      |  1.2 |', '| fabwright |   11 |'].join('\n'));
});
