import { ratio, spreadOf, type Spread } from '../measure/statistics.ts';
import { figure, spread, table, times } from '../table.ts';
import type { CellResult, Row } from './cell.ts';
import type { Measured } from './deploy.ts';
import type { Tool } from './tools/tool.ts';

/** What the others are compared with. */
const yardstick = 'bash';

/** One figure over several runs. */
export const over = (runs: readonly Measured[], of: (run: Measured) => number | undefined): Spread | undefined =>
  spreadOf(runs.flatMap((run) => of(run) ?? []));

const head = [
  'tool',
  'wall s',
  '× bash',
  "hosts' CPU s",
  '× bash',
  'controller CPU s',
  '× bash',
  'memory MB',
  'connections',
  'commands',
  'swap skew ms',
  'foreign CPU s',
];

/** A tool whose work is not the same has no row, but a reason. */
export const voided = (runs: readonly Measured[]): string | undefined => {
  const bad = runs.filter(({ objections }) => objections.length > 0);
  const first = bad[0]?.objections[0]?.replaceAll('\n', ' ').slice(0, 400) ?? '';
  return bad.length === 0 ? undefined : `void, ${bad.length} of ${runs.length} deploys: ${first}`;
};

const line = (title: string, runs: readonly Measured[], best: readonly Measured[]): readonly string[] => {
  const all = (of: (run: Measured) => number | undefined): string => spread(over(runs, of));
  const against = (of: (run: Measured) => number): string => times(ratio(over(runs, of), over(best, of)));
  const most = (of: (run: Measured) => number): string => figure(over(runs, of)?.most ?? NaN);
  return [
    title,
    all(({ wall }) => wall),
    against(({ wall }) => wall),
    all(({ hostsCpu }) => hostsCpu),
    against(({ hostsCpu }) => hostsCpu),
    all(({ controllerCpu }) => controllerCpu),
    against(({ controllerCpu }) => controllerCpu),
    `${most(({ anonymousMb }) => anonymousMb)} (${most(({ residentMb }) => residentMb)})`,
    most(({ connections }) => connections),
    most(({ commands }) => commands),
    all(({ skew }) => skew),
    all(({ foreignCpu }) => foreignCpu),
  ];
};

const section = (title: string, rows: readonly Row[], runsOf: (row: Row) => readonly Measured[]): string => {
  const isVoid = (row: Row): boolean => voided(runsOf(row)) !== undefined;
  const good = rows.filter((row) => !isVoid(row));
  const found = good.find(({ tool }) => tool.name === yardstick);
  const lines = good.map((row) => line(row.tool.title, runsOf(row), found === undefined ? [] : runsOf(found)));
  const reasons = rows.filter(isVoid).map((row) => `${row.tool.title}: ${voided(runsOf(row)) ?? ''}`);
  return [`**${title}**`, table([head, ...lines]), ...reasons].join('\n\n');
};

/** Cold and warm, every tool a row: medians (least–most). */
export const cellTables = ({ cell, rows }: CellResult): string => {
  const where = `${cell.hosts} ${cell.hosts === 1 ? 'host' : 'hosts'}${cell.roundTrip === 0 ? '' : ` at ${cell.roundTrip} ms round trip`}`;
  const each = `${cell.rounds} ${cell.rounds === 1 ? 'deploy' : 'deploys'} each`;
  return [
    section(`${where}, warm, ${each}`, rows, (row) => row.warm),
    section(`${where}, to empty hosts, ${each}`, rows, (row) => row.cold),
  ].join('\n\n');
};

/** One line: every tool with its version. */
export const versionsLine = (tools: readonly Tool[]): string =>
  `Versions: ${tools.map((tool) => `${tool.name} ${tool.version() ?? ''}`).join(', ')}.`;
