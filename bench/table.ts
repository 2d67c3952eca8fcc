import type { Spread } from './measure/statistics.ts';

/** A Markdown table; the first row is its head. A column of numbers is aligned by its right side. */
export const table = (rows: readonly (readonly string[])[]): string => {
  const [head = [], ...rest] = rows;
  const columns = head.map((title, column) => {
    const cells = rest.map((row) => row[column] ?? '');
    const numbers = cells.length > 0 && cells.every((cell) => /^([\d,.]|–|$)/.test(cell));
    const width = Math.max(3, ...[title, ...cells].map(({ length }) => length));
    return { numbers, width };
  });
  const line = (row: readonly string[]): string =>
    `| ${columns.map(({ numbers, width }, at) => (numbers ? (row[at] ?? '').padStart(width) : (row[at] ?? '').padEnd(width))).join(' | ')} |`;
  const rule = columns.map(({ numbers, width }) => (numbers ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return [line(head), `| ${rule.join(' | ')} |`, ...rest.map(line)].join('\n');
};

/** Two digits at least: 0.12, 1.2, 12, 1,234; whole numbers as they are. */
export const figure = (value: number): string => {
  const digits = Number.isInteger(value) || value >= 20 ? 0 : value >= 1 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
};

/** `1.2 (1.1–1.4)`, or one number where all are the same; `–` where nothing was measured. */
export const spread = (values: Spread | undefined): string => {
  if (values === undefined) return '–';
  const [middle, least, most] = [values.median, values.least, values.most].map(figure);
  return least === most ? `${middle}` : `${middle} (${least}–${most})`;
};

/** `1.4 ×`; `–` where there is nothing to compare with. */
export const times = (value: number | undefined): string => (value === undefined ? '–' : `${value.toFixed(2)} ×`);
