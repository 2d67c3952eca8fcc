import { ratio, type Spread } from '../measure/statistics.ts';
import { figure, spread, table, times } from '../table.ts';
import type { CellResult } from './cell.ts';
import type { Measured } from './deploy.ts';
import type { StartUp } from './start-up.ts';
import { over, voided } from './tables.ts';

/** One line of the table of goals. */
export interface Goal {
  readonly figure: string;
  readonly goal: string;
  readonly measured: string;
  /** Against the hand-written loop in the same rounds, or against what the figure names. */
  readonly ratio: string;
  /** Nothing where it was not measured. */
  readonly reached: boolean | undefined;
}

type Of = (run: Measured) => number | undefined;

/** The warm deploys of a tool on so many hosts; none where they are void or were not measured. */
const warm = (results: readonly CellResult[], hosts: number, roundTrip: number, name: string): readonly Measured[] => {
  const found = results.find(({ cell }) => cell.hosts === hosts && cell.roundTrip === roundTrip);
  const runs = found?.rows.find(({ tool }) => tool.name === name)?.warm ?? [];
  return voided(runs) === undefined ? runs : [];
};

interface Asked {
  readonly title: string;
  readonly hosts: number;
  readonly roundTrip?: number;
  readonly of: Of;
  readonly atMost: number;
  readonly unit: string;
  /** The goal is a multiple of the loop's figure. */
  readonly relative?: boolean;
  /** The most of all deploys counts, not the one in the middle. */
  readonly worst?: boolean;
}

const goalOf = (results: readonly CellResult[], asked: Asked): Goal => {
  const { title, hosts, roundTrip = 0, of, atMost, unit, relative = false, worst = false } = asked;
  const ours = over(warm(results, hosts, roundTrip, 'fabwright'), of);
  const against = ratio(ours, over(warm(results, hosts, roundTrip, 'bash'), of));
  const value = relative ? against : worst ? ours?.most : ours?.median;
  return {
    figure: title,
    goal: relative ? `≤ ${atMost.toFixed(1)} × bash` : `≤ ${atMost} ${unit}`.trimEnd(),
    measured: ours === undefined ? '–' : `${worst ? figure(ours.most) : spread(ours)} ${unit}`.trimEnd(),
    ratio: times(against),
    reached: value === undefined ? undefined : value <= atMost,
  };
};

const fleets = [10, 30, 100] as const;
const skews: Readonly<Record<(typeof fleets)[number], number>> = { 10: 3, 30: 6, 100: 20 };

const deploys: readonly Asked[] = [
  {
    title: 'connections per host, 10 hosts',
    hosts: 10,
    of: (run) => run.connections,
    atMost: 1,
    unit: '',
    worst: true,
  },
  { title: 'commands per host, 10 hosts', hosts: 10, of: (run) => run.commands, atMost: 8, unit: '', worst: true },
  ...fleets.map((hosts): Asked => ({
    title: `wall, ${hosts} hosts`,
    hosts,
    of: (run) => run.wall,
    atMost: 1,
    unit: 's',
    relative: true,
  })),
  ...fleets.map((hosts): Asked => ({
    title: `hosts' CPU, ${hosts} hosts`,
    hosts,
    of: (run) => run.hostsCpu,
    atMost: 1.2,
    unit: 's',
    relative: true,
  })),
  ...fleets.map((hosts): Asked => ({
    title: `swap skew, ${hosts} hosts`,
    hosts,
    of: (run) => run.skew,
    atMost: skews[hosts],
    unit: 'ms',
  })),
  { title: 'wall, one host, 20 ms away', hosts: 1, roundTrip: 20, of: (run) => run.wall, atMost: 1, unit: 's' },
  { title: 'wall, 8 hosts, 20 ms away', hosts: 8, roundTrip: 20, of: (run) => run.wall, atMost: 1.5, unit: 's' },
  { title: "controller's CPU, 100 hosts", hosts: 100, of: (run) => run.controllerCpu, atMost: 4, unit: 's' },
  {
    title: "controller's memory, 100 hosts",
    hosts: 100,
    of: (run) => run.anonymousMb,
    atMost: 150,
    unit: 'MB',
    worst: true,
  },
];

const startGoal = (found: { readonly list: Spread; readonly node: Spread }): Goal => {
  const against = ratio(found.list, found.node);
  return {
    figure: '`fab -l`',
    goal: '≤ 2.5 × Node alone',
    measured: `${spread(found.list)} ms`,
    ratio: times(against),
    reached: against === undefined ? undefined : against <= 2.5,
  };
};

/** What is no figure of a bench but holds or does not: the command that shows it. */
const shown: readonly (readonly string[])[] = [
  [
    'a host that dies silently before the swap',
    'noticed in ≤ 15 s, fleet whole',
    '`npm run test:slow -- tests/end-to-end/silence`',
  ],
  ['fleet split or wrong release after any injected fault', '0', '`npm run faults`: 0 after the next run'],
];

/** Every goal beside what was measured, warm deploys only. */
export const goalsOf = (results: readonly CellResult[], startUp: StartUp): readonly Goal[] => [
  ...deploys.map((asked) => goalOf(results, asked)),
  startGoal(startUp),
];

const word = (reached: boolean | undefined): string =>
  reached === undefined ? 'not measured' : reached ? 'yes' : '**no**';

export const goalsTable = (goals: readonly Goal[]): string =>
  table([
    ['figure', 'goal', 'measured', '× bash', 'reached'],
    ...goals.map((each) => [each.figure, each.goal, each.measured, each.ratio, word(each.reached)]),
    ...shown.map(([title = '', goal = '', command = '']) => [title, goal, command, '', 'by that test']),
  ]);
