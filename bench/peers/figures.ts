import type { Json } from '../measure/bench.ts';
import type { CellResult } from './cell.ts';
import type { Measured } from './deploy.ts';

const rounded = (value: number): number => Math.round(value * 1000) / 1000;

const run = ({ objections, skew, ...numbers }: Measured): Json => ({
  ...Object.fromEntries(Object.entries(numbers).map(([key, value]) => [key, rounded(value)])),
  skew: skew === undefined ? null : rounded(skew),
  objections,
});

/** Every run of a cell, as JSON. */
export const cellFigures = ({ cell, rows }: CellResult): Json => ({
  hosts: cell.hosts,
  roundTrip: cell.roundTrip,
  tools: rows.map(({ tool, cold, warm }) => ({
    tool: tool.name,
    version: tool.version() ?? null,
    cold: cold.map(run),
    warm: warm.map(run),
  })),
});
