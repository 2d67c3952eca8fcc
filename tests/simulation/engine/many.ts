import type { Played, play } from './schedule.ts';

/** What came of many seeds. */
export interface Summary {
  readonly seeds: number;
  readonly runs: number;
  /** One line for each seed that broke a promise: what, and how to see it again. */
  readonly failures: readonly string[];
  /** How often hosts stood so when a run was over, how often each fault struck, how runs ended. */
  readonly standings: ReadonlyMap<string, number>;
  readonly faults: ReadonlyMap<string, number>;
  readonly statuses: ReadonlyMap<string, number>;
}

export const playMany = async (each: typeof play, first: number, seeds: number): Promise<Summary> => {
  const failures: string[] = [];
  const [standings, faults, statuses] = [new Counter(), new Counter(), new Counter()];
  for (let seed = first; seed < first + seeds; seed += 1) {
    const played = await each(seed);
    if (played.violations.length > 0) failures.push(failureLine(played));
    played.standings.forEach((standing) => standings.count(standing));
    played.faults.forEach((fault) => faults.count(fault));
    played.statuses.forEach((status) => statuses.count(status));
  }
  const runs = [...statuses.values()].reduce((sum, times) => sum + times, 0);
  return { seeds, runs, failures, standings, faults, statuses };
};

const failureLine = ({ seed, violations }: Played): string =>
  `${violations[0] ?? ''}\n    SEED=${seed} NODE_OPTIONS=--experimental-vm-modules npx jest tests/simulation/engine/replay`;

class Counter extends Map<string, number> {
  count(key: string): void {
    this.set(key, (this.get(key) ?? 0) + 1);
  }
}

export const summaryText = ({ seeds, runs, failures, standings, faults, statuses }: Summary): string =>
  [
    `${seeds} schedules, ${runs} runs, ${failures.length} with a broken promise`,
    ...section('how the runs ended', statuses),
    ...section('faults that struck', faults),
    ...section('how the hosts stood when a run was over', standings),
    '',
  ].join('\n');

const section = (title: string, counted: ReadonlyMap<string, number>): readonly string[] => [
  `  ${title}`,
  ...[...counted].sort(([, a], [, b]) => b - a).map(([what, times]) => `${String(times).padStart(9)}  ${what}`),
];

/** Every state that a publish can be left in; a simulation that has not met them all says nothing about them. */
const intermediate: readonly string[] = [
  'not told yet + prepared',
  'prepared',
  'decided + prepared',
  'decided',
  'decided + decided and renamed',
  'decided and renamed',
  'decided and renamed + published',
  'decided and renamed + undo and renamed',
  'undo and renamed',
  'undo + undo and renamed',
  'undo',
  'undo + undone',
  'undone',
  'aborted + prepared',
  'aborted + decided',
  'aborted',
  'left out + published',
  'left out + undone',
  'published',
];

/** States that no schedule has left behind. A fleet of four may show several at once. */
export const unmet = ({ standings }: Summary): readonly string[] =>
  intermediate.filter(
    (state) =>
      ![...standings.keys()].some((standing) => {
        const words = standing.split(' + ');
        return state.split(' + ').every((word) => words.includes(word));
      }),
  );
