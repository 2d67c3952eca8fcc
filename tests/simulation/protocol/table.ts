import type { Explored } from './explore.ts';

const columns = ['hosts', 'runs', 'states', 'schedules', 'violations', 'protocol'] as const;

/** What was explored, as people read it. A schedule is one way from the beginning to an end. */
export const tableOf = (rows: readonly Explored[]): string =>
  [
    columns.map((name, at) => (at < 5 ? name.padStart(12) : `  ${name}`)).join(''),
    ...rows.map(({ hosts, runs, states, schedules, violations, rules }) =>
      [hosts, runs, states, schedules < 1e9 ? schedules : schedules.toExponential(1), violations]
        .map((cell) => String(cell).padStart(12))
        .concat(`  ${rules}`)
        .join(''),
    ),
    '',
  ].join('\n');
