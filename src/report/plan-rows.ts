import type { Plan, PlanNode, PlannedStep } from '../plan/plan.ts';
import { listed } from './words.ts';

/** `●` runs, `·` not there, `?` depends on an answer that the run will get, `✓` done by an earlier run. */
export type Mark = '●' | '·' | '?' | '✓';

/** One line of the steps × hosts table. */
export interface PlanRow {
  /** Brackets around groups, two columns for each level. */
  readonly gutter: string;
  readonly name: string;
  /** Hosts that are not in it have `·`. */
  readonly marks: ReadonlyMap<string, Mark>;
  readonly notes: readonly string[];
}

/** The steps of a plan as lines, groups bracketed. */
export const planRows = ({ nodes }: Plan): readonly PlanRow[] => {
  const rows = nodes.flatMap(rowsOf);
  const widest = Math.max(2, ...rows.map(({ gutter }) => gutter.length));
  return rows.map((row) => ({ ...row, gutter: row.gutter.padEnd(widest) }));
};

const rowsOf = (node: PlanNode): readonly PlanRow[] => {
  switch (node.kind) {
    case 'step':
      return [rowOf(node.planned)];
    case 'parallel':
      return bracketed(
        labelled(
          node.steps.map((step) => rowOf(step)),
          'at the same time',
        ),
      );
    case 'per-host':
      return bracketed(
        labelled(
          node.steps.map((step) => rowOf(step)),
          'each host at its own pace',
        ),
      );
    case 'when':
      return node.nodes.flatMap(rowsOf);
    case 'during':
      return bracketed([rowOf(node.stop, node.words.from), ...node.nodes.flatMap(rowsOf), startRow(node)]);
  }
};

const rowOf = (planned: PlannedStep, ...notes: readonly string[]): PlanRow => ({
  gutter: '',
  name: planned.id,
  marks: new Map(planned.hosts.map((host) => [host, markOf(planned, host)])),
  notes: [...notes, ...notesOf(planned)],
});

/** What `stop` stopped is started again whatever happened in between, so its line closes the bracket. */
const startRow = ({ stop, words }: Extract<PlanNode, { kind: 'during' }>): PlanRow => {
  const certain = stop.conditions.length === 0 ? '●' : '?';
  return {
    gutter: '',
    name: `(${words.again})`,
    marks: new Map(stop.hosts.map((host): [string, Mark] => [host, certain])),
    notes: [`wherever ${stop.id} ran, also after a failure`],
  };
};

const markOf = ({ done, conditions }: PlannedStep, host: string): Mark => {
  if (Object.hasOwn(done, host)) return '✓';
  return conditions.length > 0 ? '?' : '●';
};

const notesOf = ({ step, hosts, conditions }: PlannedStep): readonly string[] => [
  ...(conditions.length === 0 ? [] : [`if ${listed(conditions.map((words) => words.replace(/^if /, '')))}`]),
  ...(step.kind === 'operation' && step.batch !== undefined && hosts.length > 1
    ? [`${typeof step.batch === 'object' ? step.batch.words : step.batch} at a time`]
    : []),
  ...(hosts.length === 0 ? ['no host, skipped'] : []),
];

const labelled = (rows: readonly PlanRow[], label: string): readonly PlanRow[] =>
  rows.length < 2 ? rows : rows.map((row, index) => (index === 0 ? { ...row, notes: [label, ...row.notes] } : row));

const bracketed = (rows: readonly PlanRow[]): readonly PlanRow[] =>
  rows.length < 2
    ? rows
    : rows.map((row, index) => ({
        ...row,
        gutter: `${index === 0 ? '┌' : index === rows.length - 1 ? '└' : '│'} ${row.gutter}`,
      }));
