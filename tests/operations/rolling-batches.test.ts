import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { restartBatches, workerGroups, type Worker, type WorkerState } from '../../src/operations/rolling-batches.ts';

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `w${index + 1}`);
const well = (hosts: readonly string[]): readonly Worker[] => hosts.map((host) => ({ host, state: 'well' }));
const one = (hosts: readonly string[]) => [{ name: 'webworkers', hosts }];

describe('batches of web workers', () => {
  test.each([
    [1, '25%', [['w1']]],
    [2, '100%', [['w1'], ['w2']]],
    [3, '25%', [['w1'], ['w2'], ['w3']]],
    [
      4,
      2,
      [
        ['w1', 'w2'],
        ['w3', 'w4'],
      ],
    ],
    [5, '50%', [['w1', 'w2'], ['w3', 'w4'], ['w5']]],
    [4, 9, [['w1', 'w2', 'w3'], ['w4']]],
  ] as const)('%i workers, %s at a time', (count, batch, expected) => {
    expect(restartBatches(well(names(count)), one(names(count)), batch)).toEqual(expected);
  });

  test('who is down goes first, then who answers wrongly', () => {
    const states: readonly WorkerState[] = ['well', 'down', 'sick', 'well', 'down'];
    const workers = names(5).map((host, index) => ({ host, state: states[index] ?? 'well' }));
    expect(restartBatches(workers, one(names(5)), 1)).toEqual([['w2', 'w5'], ['w3'], ['w1'], ['w4']]);
  });

  test('who cannot be reached counts as missing', () => {
    expect(restartBatches(well(['w1', 'w2', 'w3']), one(names(5)), 3)).toEqual([['w1'], ['w2'], ['w3']]);
    expect(restartBatches(well(['w1', 'w2', 'w3', 'w4']), one(names(5)), 3)).toEqual([
      ['w1', 'w2'],
      ['w3', 'w4'],
    ]);
  });

  test('groups go side by side, each within its own measure', () => {
    const groups = [
      { name: 'hq_webworkers', hosts: ['w1', 'w2'] },
      { name: 'api_webworkers', hosts: ['w3', 'w4', 'w5', 'w6'] },
    ];
    expect(restartBatches(well(names(6)), groups, '50%')).toEqual([
      ['w1', 'w3', 'w4'],
      ['w2', 'w5', 'w6'],
    ]);
  });

  test('the groups are those of the inventory, and one of the rest', () => {
    const inventory = { webworkers: names(4), hq_webworkers: ['w1', 'w2'], api_webworkers: ['elsewhere'] };
    expect(workerGroups(inventory, names(4))).toEqual([
      { name: 'hq_webworkers', hosts: ['w1', 'w2'] },
      { name: 'webworkers', hosts: ['w3', 'w4'] },
    ]);
    expect(workerGroups({}, names(2))).toEqual([{ name: 'webworkers', hosts: names(2) }]);
  });

  test('everybody once; never all that serve, nor more than are asked for', () => {
    const state = fc.constantFrom<WorkerState>('well', 'sick', 'down');
    const fleet = fc.array(fc.record({ state, groups: fc.subarray([0, 1, 2]) }), { minLength: 1, maxLength: 12 });
    const size = fc.oneof(
      fc.integer({ min: 1, max: 15 }),
      fc.integer({ min: 1, max: 100 }).map((part) => `${part}%` as const),
    );
    fc.assert(
      fc.property(fleet, size, (members, batch) => {
        const hosts = members.map((_, index) => `w${index}`);
        const workers = members.map(({ state: how }, index) => ({ host: `w${index}`, state: how }));
        const groups = [0, 1, 2].flatMap((group) => {
          const own = hosts.filter((__, index) => members[index]?.groups.includes(group));
          return own.length === 0 ? [] : [{ name: String(group), hosts: own }];
        });
        const batches = restartBatches(workers, groups, batch);
        expect(batches.flat().sort()).toEqual([...hosts].sort());
        for (const group of groups)
          for (const each of batches) {
            const out = each.filter(
              (host) => group.hosts.includes(host) && workers.find((one) => one.host === host)?.state !== 'down',
            );
            const asked =
              typeof batch === 'number' ? batch : Math.floor((Number.parseInt(batch, 10) * group.hosts.length) / 100);
            expect(out.length).toBeLessThanOrEqual(Math.max(1, asked));
            if (group.hosts.length > 1) expect(out.length).toBeLessThan(group.hosts.length);
          }
      }),
    );
  });
});
