import type { Colours } from './colours.ts';
import { byWhat, hostRanges, hostsText } from './hosts-text.ts';
import type { Mark, PlanRow } from './plan-rows.ts';
import { pad, textWidth, truncate, wrap } from './width.ts';
import { counted } from './words.ts';

/** Beyond this many, hosts with the same marks share a column. */
const mostColumns = 8;

interface Column {
  readonly title: string;
  readonly hosts: readonly string[];
}

export interface PlanTableOptions {
  readonly hosts: readonly string[];
  readonly width: number;
  readonly colours: Colours;
}

/**
 * The steps × hosts table. Hosts have a column each while these fit; then hosts with equal marks
 * share one; then each line names its hosts instead.
 */
export const planTable = (rows: readonly PlanRow[], options: PlanTableOptions): readonly string[] => {
  if (rows.length === 0) return [];
  const { hosts, width } = options;
  const single = hosts.map((host) => ({ title: host, hosts: [host] }));
  const shared = sharedColumns(rows, hosts);
  const columns = [...(hosts.length <= mostColumns ? [single] : []), shared].find(
    (each) => nameWidth(rows) + each.reduce((sum, column) => sum + columnWidth(column), 0) <= width,
  );
  return [...(columns === undefined ? listTable(rows, options) : columnTable(rows, columns, options)), ...legend(rows)];
};

const markOn = (row: PlanRow, host: string): Mark => row.marks.get(host) ?? '·';

const sharedColumns = (rows: readonly PlanRow[], hosts: readonly string[]): readonly Column[] =>
  byWhat(hosts.map((host) => [host, rows.map((row) => markOn(row, host)).join('')])).map(([, alike]) => ({
    title: columnTitle(alike),
    hosts: alike,
  }));

const columnTitle = (alike: readonly string[]): string => {
  const ranges = hostRanges(alike);
  const [first = '', second] = ranges;
  if (second === undefined) return first;
  return ranges.length === 2 && `${first}, ${second}`.length <= 24
    ? `${first}, ${second}`
    : `${alike[0] ?? ''} +${alike.length - 1}`;
};

const subtitle = ({ hosts }: Column): string => (hosts.length === 1 ? '' : counted(hosts.length, 'host'));
const columnWidth = (column: Column): number => Math.max(textWidth(column.title), textWidth(subtitle(column))) + 2;
const nameWidth = (rows: readonly PlanRow[]): number =>
  Math.max(...rows.map(({ gutter, name }) => textWidth(gutter + name))) + 2;

const columnTable = (
  rows: readonly PlanRow[],
  columns: readonly Column[],
  { width, colours }: PlanTableOptions,
): readonly string[] => {
  const names = nameWidth(rows);
  const header = (text: (column: Column) => string): string =>
    (' '.repeat(names) + columns.map((column) => pad(text(column), columnWidth(column))).join('')).trimEnd();
  const lines = rows.flatMap((row) => {
    const marks = columns.map((column) => {
      const mark = markOn(row, column.hosts[0] ?? '');
      return paintMark(colours, mark) + ' '.repeat(columnWidth(column) - 1);
    });
    const columnsTaken = names + columns.reduce((sum, column) => sum + columnWidth(column), 0);
    return withNotes(pad(row.gutter + row.name, names) + marks.join(''), columnsTaken, row, width, colours);
  });
  const second = header(subtitle);
  return [colours.bold(header(({ title }) => title)), ...(second === '' ? [] : [colours.dim(second)]), ...lines];
};

const listTable = (rows: readonly PlanRow[], { hosts, width, colours }: PlanTableOptions): readonly string[] => {
  const names = nameWidth(rows);
  const room = Math.max(20, width - names);
  return rows.flatMap((row) => {
    const marked = hosts.filter((host) => row.marks.has(host)).map((host) => [host, markOn(row, host)] as const);
    const cells = byWhat(marked).map(([mark, alike]) => {
      const who = alike.length === hosts.length && hosts.length > 1 ? `all ${hosts.length} hosts` : hostsText(alike);
      return `${mark} ${who}`;
    });
    const line = cells.length === 0 ? '·' : cells.join('  ');
    const stacked = textWidth(line) <= room ? [line] : cells.map((cell) => truncate(cell, room));
    const last = stacked.at(-1) ?? '';
    const painted = stacked.map((text) =>
      text.replace(/[●·?✓] /gu, (mark) => `${paintMark(colours, mark[0] as Mark)} `),
    );
    const indented = painted.map((text, index) => pad(index === 0 ? row.gutter + row.name : below(row), names) + text);
    return [
      ...indented.slice(0, -1),
      ...withNotes(`${indented.at(-1) ?? ''}  `, names + textWidth(last) + 2, row, width, colours),
    ];
  });
};

/** The gutter of a further line of the same step. */
const below = ({ gutter }: PlanRow): string => gutter.replaceAll('┌', '│').replaceAll('└', ' ');

/** Words on the right; below the step when there is no room for them. */
const withNotes = (line: string, taken: number, row: PlanRow, width: number, colours: Colours): readonly string[] => {
  const words = row.notes.join('; ');
  if (words === '') return [line.trimEnd()];
  if (taken + textWidth(words) <= width) return [line + colours.dim(words)];
  const room = Math.max(20, width - row.gutter.length - 2);
  return [line.trimEnd(), ...wrap(words, room).map((part) => `${below(row)}  ${colours.dim(part)}`)];
};

const paintMark = (colours: Colours, mark: Mark): string => {
  switch (mark) {
    case '✓':
      return colours.green(mark);
    case '?':
      return colours.yellow(mark);
    case '·':
      return colours.dim(mark);
    case '●':
      return mark;
  }
};

/** Only marks that do not speak for themselves are explained, and only when they are there. */
const legend = (rows: readonly PlanRow[]): readonly string[] => {
  const used = new Set(rows.flatMap(({ marks }) => [...marks.values()]));
  const words = [...(used.has('?') ? ['? decided during the run'] : []), ...(used.has('✓') ? ['✓ done already'] : [])];
  return words.length === 0 ? [] : ['', `  ${words.join('   ')}`];
};
