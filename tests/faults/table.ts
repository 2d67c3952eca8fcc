import type { TaskName } from './adapter.ts';
import type { FaultName } from './faults.ts';
import type { Report } from './loop.ts';
import type { Verdict } from './inject.ts';
import type { ViolationKind } from './oracle.ts';

const column = (rows: readonly (readonly string[])[]): readonly string[] => {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((text, index) => (index < 2 ? text.padEnd(widths[index] ?? 0) : text.padStart(widths[index] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
};

const wasStruck = ({ missed }: Verdict): boolean => missed === undefined;

/** A letter for each reason, given in order of appearance. */
const legend = () => {
  const letters = new Map<string, string>();
  return {
    letter: (why: string): string => {
      const known = letters.get(why) ?? String.fromCharCode(97 + letters.size);
      letters.set(why, known);
      return known;
    },
    lines: (): readonly string[] => [...letters].map(([why, letter]) => `  ${letter}  ${why}`),
  };
};

const notDrawn = 'not drawn for this sample';

/** Why a cell has no injection: none is possible there, none of the possible was drawn, or none struck. */
const whyEmpty = ({ verdicts, unfit, possible }: Report, isHere: (place: Cell) => boolean): string => {
  const missed = verdicts.find(({ injection }) => isHere({ ...injection, step: injection.point.step }))?.missed;
  const isPossible = possible.some((each) => isHere({ ...each, step: each.point.step }));
  return missed ?? (isPossible ? notDrawn : (unfit.find(isHere)?.why ?? 'the run has no such place'));
};

interface Cell {
  readonly task: TaskName;
  readonly step: string;
  readonly fault: FaultName;
}

/** Task × step × fault with the number of injections; a cell without any has a letter that says why. */
export const cellTable = (report: Report): readonly string[] => {
  const { verdicts, possible, points } = report;
  const faults = [...new Set(possible.map(({ fault }) => fault))];
  const reasons = legend();
  const cell = ({ task, step, fault }: Cell): string => {
    const isHere = (other: Cell): boolean => other.task === task && other.step === step && other.fault === fault;
    const struck = verdicts.filter(
      (verdict) => wasStruck(verdict) && isHere({ ...verdict.injection, step: verdict.injection.point.step }),
    );
    return struck.length > 0 ? String(struck.length) : reasons.letter(whyEmpty(report, isHere));
  };
  const rows = [...points].flatMap(([task, all]) =>
    [...new Set(all.map(({ step }) => step))].map((step) => [
      task,
      step,
      ...faults.map((fault) => cell({ task, step, fault })),
    ]),
  );
  return [...column([['task', 'step', ...faults], ...rows]), ...reasons.lines()];
};

/** The line of figures that everything is about. */
export interface Totals {
  readonly tool: string;
  readonly injected: number;
  readonly notStruck: number;
  /** Injections after which hosts differed until the next run. */
  readonly split: number;
  readonly figures: Readonly<Record<ViolationKind, number>>;
}

/** How many injections showed each kind of violation; one that shows it on three hosts counts once. */
export const totalsOf = ({ adapter, verdicts }: Report): Totals => {
  const count = (kind: ViolationKind): number =>
    verdicts.filter(({ violations }) => violations.some((each) => each.kind === kind)).length;
  return {
    tool: adapter,
    injected: verdicts.filter(wasStruck).length,
    notStruck: verdicts.filter((verdict) => !wasStruck(verdict)).length,
    split: verdicts.filter(({ split }) => split).length,
    figures: {
      'silent pass': count('silent pass'),
      'split after recovery': count('split after recovery'),
      'wrong release with exit 0': count('wrong release with exit 0'),
      'leaked lock': count('leaked lock'),
      'leaked process': count('leaked process'),
      unresumable: count('unresumable'),
      'broken disk': count('broken disk'),
      'false report': count('false report'),
      hung: count('hung'),
    },
  };
};

const headings: readonly (readonly [ViolationKind, string])[] = [
  ['silent pass', 'silent passes'],
  ['split after recovery', 'split fleets after recovery'],
  ['wrong release with exit 0', 'wrong release with exit 0'],
  ['leaked lock', 'leaked locks'],
  ['leaked process', 'leaked processes'],
  ['unresumable', 'unresumable runs'],
  ['broken disk', 'broken disks'],
  ['false report', 'false reports'],
  ['hung', 'hung controllers'],
];

/** One row per tool. */
export const totalsTable = (all: readonly Totals[]): readonly string[] => {
  const rows = [
    ['', 'faults injected', ...all.map(({ injected }) => String(injected))],
    ['', 'split fleets until the next run', ...all.map(({ split }) => String(split))],
    ...headings.map(([kind, words]) => ['', words, ...all.map(({ figures }) => String(figures[kind]))]),
  ];
  return column([['', '', ...all.map(({ tool }) => tool)], ...rows]).map((line) => line.slice(2));
};

export const repeatLine = (tool: string, { injection }: Verdict): string =>
  `npm run faults -- ${tool === 'fabwright' ? '' : `--tool ${tool} `}--task ${injection.task} --fault ${injection.fault} --point ${injection.number}`;
