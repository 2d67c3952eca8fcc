import { expect, test } from '@jest/globals';
import type { CellResult } from '../../bench/peers/cell.ts';
import type { Measured } from '../../bench/peers/deploy.ts';
import { goalsOf, goalsTable } from '../../bench/peers/goals.ts';
import { cellTables } from '../../bench/peers/tables.ts';
import { bash } from '../../bench/peers/tools/bash.ts';
import { fabwright } from '../../bench/peers/tools/fabwright.ts';

const run = (wall: number, given: Partial<Measured> = {}): Measured => ({
  wall,
  controllerCpu: 1,
  hostsCpu: 2,
  foreignCpu: 0,
  anonymousMb: 30,
  residentMb: 90,
  connections: 1,
  commands: 6,
  skew: 2,
  objections: [],
  ...given,
});

const found = (ours: readonly Measured[], theirs: readonly Measured[]): CellResult => {
  const tools = [fabwright('bin.js'), bash];
  return {
    cell: { hosts: 10, roundTrip: 0, rounds: ours.length, unmeasured: 0, tools },
    rows: [
      { tool: fabwright('bin.js'), cold: [run(3)], warm: ours },
      { tool: bash, cold: [run(2)], warm: theirs },
    ],
  };
};
const startUp = { list: { median: 90, least: 80, most: 99 }, node: { median: 40, least: 39, most: 44 } };
const goal = (result: CellResult, title: string) => goalsOf([result], startUp).find(({ figure }) => figure === title);

test('goals are judged by medians, against the loop of the same rounds', () => {
  const result = found([run(2), run(3), run(9)], [run(2), run(4), run(5)]);
  expect(goal(result, 'wall, 10 hosts')).toEqual({
    figure: 'wall, 10 hosts',
    goal: '≤ 1.0 × bash',
    measured: '3 (2–9) s',
    ratio: '0.75 ×',
    reached: true,
  });
  expect(goal(result, 'wall, 30 hosts')).toMatchObject({ measured: '–', reached: undefined });
  expect(goal(result, '`fab -l`')).toMatchObject({ ratio: '2.25 ×', reached: true });
});

test('a count is judged by the most of all deploys', () => {
  const result = found([run(1), run(1, { commands: 9 })], [run(1)]);
  expect(goal(result, 'commands per host, 10 hosts')).toMatchObject({ measured: '9', reached: false });
});

test('a tool whose work is not the same has no row, but its reason; and reaches nothing', () => {
  const result = found([run(1), run(1, { objections: ['web2: current is no link'] })], [run(2)]);
  const [warm = ''] = cellTables(result).split('**10 hosts, to empty');
  expect(warm).not.toContain('| fabwright');
  expect(warm).toContain('void, 1 of 2 deploys: web2: current is no link');
  expect(goal(result, 'wall, 10 hosts')).toMatchObject({ reached: undefined });
  expect(goalsTable(goalsOf([result], startUp))).toContain('not measured');
});
