import { taskNames, type Adapter, type TaskName } from './adapter.ts';
import { faultNames, type FaultName } from './faults.ts';
import { capistrano } from './control/capistrano.ts';
import { controlOf } from './control/adapter.ts';
import { shipit } from './control/shipit.ts';
import { fabwright } from './fabwright/adapter.ts';
import type { Verdict } from './inject.ts';
import { faultLoop, type LoopOptions, type Report } from './loop.ts';
import { pointKey } from './point.ts';
import { cellTable, repeatLine, totalsOf, totalsTable } from './table.ts';

export interface Desk {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

export const tools: Readonly<Record<string, () => Adapter>> = {
  fabwright,
  capistrano: () => controlOf(capistrano),
  shipit: () => controlOf(shipit),
};

/** How much of the control group's places is enough to see how it breaks, where nothing else is asked. */
const controlSample = 150;

const usage = `npm run faults                              every place of every task, every fault; then, in part, the control group
npm run faults -- --tool NAME               ${Object.keys(tools).join(', ')}; several with commas
               -- --task T --fault F        only these; several with commas
               -- --point N                 one point of a task's list
               -- --list                    the points of an untouched run, and nothing else
               -- --every-host              each place on each host, not on one
               -- --sample N [--seed S]     so many, spread evenly
               -- --lanes N                 fleets at the same time (2)
               -- --verbose                 what the controllers said, for each violation
`;

/** Thrown for what a person got wrong: exit status 2. */
class Mistake extends Error {}

interface Words {
  readonly options: LoopOptions;
  readonly tools: readonly string[];
  readonly list: boolean;
  readonly verbose: boolean;
}

const valued = ['--tool', '--task', '--fault', '--point', '--sample', '--seed', '--lanes'];
const flags = ['--list', '--every-host', '--verbose'];

const several = <Name extends string>(text: string | undefined, known: readonly Name[]): readonly Name[] | undefined =>
  text?.split(',').map((word) => {
    const found = known.find((name) => name === word);
    if (found === undefined) throw new Mistake(`«${word}» is none of ${known.join(', ')}`);
    return found;
  });

const count = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(text)) throw new Mistake(`«${text}» is no number`);
  return Number(text);
};

const read = (argv: readonly string[]): Words => {
  const given = new Map<string, string>();
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    if (flags.includes(word)) given.set(word, '');
    else if (valued.includes(word) && argv[at + 1] !== undefined) given.set(word, argv[(at += 1)] ?? '');
    else throw new Mistake(`«${word}»?`);
  }
  // A line that repeats one injection says which tool it is of only where it is not ours.
  const isNarrow = ['--task', '--fault', '--point', '--list'].some((name) => given.has(name));
  const tasks = several<TaskName>(given.get('--task'), taskNames);
  const faults = several<FaultName>(given.get('--fault'), faultNames);
  const [point, sample, seed] = ['--point', '--sample', '--seed'].map((name) => count(given.get(name)));
  return {
    options: {
      lanes: count(given.get('--lanes')) ?? 2,
      everyHost: given.has('--every-host'),
      ...(tasks === undefined ? {} : { tasks }),
      ...(faults === undefined ? {} : { faults }),
      ...(point === undefined ? {} : { point }),
      ...(sample === undefined ? {} : { sample }),
      ...(seed === undefined ? {} : { seed }),
    },
    tools: several(given.get('--tool'), Object.keys(tools)) ?? (isNarrow ? ['fabwright'] : Object.keys(tools)),
    list: given.has('--list'),
    verbose: given.has('--verbose'),
  };
};

/** The tools that a line is about; none where it only asks or is none. */
export const toolsIn = (argv: readonly string[]): readonly string[] => {
  try {
    return argv.includes('--help') ? [] : read(argv).tools;
  } catch {
    return [];
  }
};

/** What a person needs to know of a verdict that is not as it should be. */
export const verdictText = (tool: string, verdict: Verdict, verbose: boolean): string => {
  const { injection, status, recovery, violations, said } = verdict;
  return [
    `✗ ${injection.task}, ${injection.fault} at ${pointKey(injection.point)}: ended with ${status}, then ${recovery.join(', ') || 'nothing'}`,
    ...violations.map(({ kind, sentence }) => `    ${kind}: ${sentence}`),
    `    ${repeatLine(tool, verdict)}`,
    ...(verbose ? said.map((text) => text.replace(/^/gm, '    | ')) : []),
    '',
  ].join('\n');
};

const list = async (tool: Adapter, options: LoopOptions, { out }: Desk): Promise<void> => {
  await faultLoop(tool, {
    ...options,
    sample: 0,
    onPoints: (task, points) => {
      out(`${task}: ${points.length} points\n`);
      for (const [index, point] of points.entries()) out(`${String(index + 1).padStart(5)}  ${pointKey(point)}\n`);
    },
  });
};

const loop = async (tool: Adapter, words: Words, { out, err }: Desk): Promise<Report> => {
  const sample = words.options.sample ?? (tool.name === 'fabwright' ? undefined : controlSample);
  const report = await faultLoop(tool, {
    ...words.options,
    ...(sample === undefined ? {} : { sample }),
    onVerdict: (verdict, done, all) => {
      // The others are there to be broken: their rows say how often.
      const isTold = tool.name === 'fabwright' || words.verbose;
      if (verdict.violations.length > 0 && isTold) err(verdictText(tool.name, verdict, words.verbose));
      if (done % 50 === 0 || done === all) err(`${tool.name}: ${done} of ${all}\n`);
    },
  });
  out(`${tool.name}: ${(report.seconds / 60).toFixed(1)} minutes\n\n${cellTable(report).join('\n')}\n\n`);
  return report;
};

/** `npm run faults -- …`: returns the exit status. */
export const faultsCommand = async (argv: readonly string[], desk: Desk): Promise<number> => {
  try {
    if (argv.includes('--help')) {
      desk.out(usage);
      return 0;
    }
    const words = read(argv);
    const reports: Report[] = [];
    for (const name of words.tools) {
      const tool = tools[name]?.();
      if (tool === undefined) continue;
      const missing = tool.missing();
      if (missing !== undefined) {
        desk.err(`${name} is left out: ${missing}.\n`);
        continue;
      }
      // Also when it is ended half-way; fleets see to themselves then.
      process.once('exit', () => tool.dispose());
      try {
        if (words.list) await list(tool, words.options, desk);
        else reports.push(await loop(tool, words, desk));
      } finally {
        tool.dispose();
      }
    }
    if (words.list) return 0;
    desk.out(`${totalsTable(reports.map(totalsOf)).join('\n')}\n`);
    // The others are there to be broken: that they are is a test of its own.
    const ours = reports.filter(({ adapter }) => adapter === 'fabwright');
    return ours.some(({ verdicts }) => verdicts.some(({ violations }) => violations.length > 0)) ? 1 : 0;
  } catch (error) {
    desk.err(`${error instanceof Error ? error.message.trimEnd() : String(error)}\n`);
    if (error instanceof Mistake) desk.err(usage);
    return error instanceof Mistake ? 2 : 1;
  }
};
