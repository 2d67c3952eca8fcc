import { expect, test } from '@jest/globals';
import { partsOf, usedAt } from '../../bench/profile/parts.ts';

test('a deploy is cut where its events say that something else begins', () => {
  const events = [
    { type: 'run-started', at: 30 },
    { type: 'phase', name: 'lock', at: 31 },
    { type: 'step-started', step: 'release.create', at: 39 },
    { type: 'host-started', step: 'release.create', at: 40 },
    { type: 'host-started', step: 'release.publish', at: 50 },
    { type: 'phase', name: 'verify', at: 50 },
    { type: 'host-started', step: 'release.clean', at: 60 },
    { type: 'said', step: 'release.clean', sentence: 'kept 2026', at: 65 },
    { type: 'said', step: 'release.clean', sentence: 'deleted 2025', at: 70 },
    { type: 'run-finished', at: 90 },
  ];
  expect(partsOf(events, 10, 99).map(({ name, from, to }) => [name, from, to])).toEqual([
    ['connect, look', 10, 30],
    ['hold the locks', 30, 40],
    ['release.create', 40, 50],
    ['verify', 50, 60],
    ['look again', 60, 70],
    ['release.clean', 70, 90],
    ['let go', 90, 99],
  ]);
});

test('what was used by a moment lies between two readings', () => {
  const readings = [
    [10, 100],
    [20, 120],
    [20, 130],
    [40, 130],
  ] as const;
  expect([5, 10, 15, 20, 30, 40, 99].map((moment) => usedAt(readings, moment))).toEqual([
    100, 100, 110, 120, 130, 130, 130,
  ]);
  expect(usedAt([], 5)).toBe(0);
});
