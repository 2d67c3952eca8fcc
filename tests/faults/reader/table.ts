import type { Seen } from './reader.ts';

/** One publisher, and what was seen while it was at work. */
export interface Row extends Seen {
  readonly publisher: string;
  readonly cycles: number;
}

const columns = ['cycles', 'reads', 'missing', 'dangling', 'mixed'] as const;

export const tableOf = (rows: readonly Row[]): string => {
  const width = Math.max('publisher'.length, ...rows.map(({ publisher }) => publisher.length));
  const line = (name: string, values: readonly (string | number)[]): string =>
    [name.padEnd(width), ...values.map((value) => String(value).padStart(9))].join(' | ');
  return [
    line('publisher', columns),
    line(
      '-'.repeat(width),
      columns.map(() => '-'.repeat(9)),
    ),
    ...rows.map((row) =>
      line(
        row.publisher,
        columns.map((column) => row[column]),
      ),
    ),
  ].join('\n');
};
