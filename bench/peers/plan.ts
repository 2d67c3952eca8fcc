import type { BenchOptions } from '../measure/bench.ts';
import type { Cell } from './cell.ts';
import type { Tool } from './tools/tool.ts';

/** Beyond that, six releases of two tools on every host are more than memory holds. */
const fillable = 30;

const defaults: readonly Omit<Cell, 'unmeasured' | 'tools'>[] = [
  { hosts: 10, roundTrip: 0, rounds: 5 },
  { hosts: 30, roundTrip: 0, rounds: 5 },
  { hosts: 100, roundTrip: 0, rounds: 5 },
  { hosts: 1, roundTrip: 20, rounds: 5 },
  { hosts: 8, roundTrip: 20, rounds: 5 },
  { hosts: 8, roundTrip: 100, rounds: 5 },
];

/** Who takes part by default: everybody at ten hosts; where it gets long, those it is about. */
const takesPart = (tool: string, { hosts, roundTrip }: Pick<Cell, 'hosts' | 'roundTrip'>): boolean =>
  (hosts === 10 && roundTrip === 0) ||
  ['fabwright', 'bash'].includes(tool) ||
  (tool === 'capistrano' && roundTrip === 20);

const asked = ({ hosts, rounds, roundTrip }: BenchOptions): readonly Omit<Cell, 'unmeasured' | 'tools'>[] => {
  if (hosts === undefined && roundTrip === undefined)
    return defaults.map((cell) => ({ ...cell, rounds: rounds ?? cell.rounds }));
  return (hosts ?? [10]).map((count) => ({ hosts: count, roundTrip: roundTrip ?? 0, rounds: rounds ?? 5 }));
};

/** The fleets to bring up, and who deploys to which. */
export const cellsOf = (options: BenchOptions, all: readonly Tool[]): readonly Cell[] =>
  asked(options).map((cell) => ({
    ...cell,
    unmeasured: cell.hosts <= fillable ? 4 : 0,
    tools: all.filter(({ name }) => options.tools?.includes(name) ?? takesPart(name, cell)),
  }));
