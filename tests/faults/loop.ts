import type { Adapter, Lane, TaskName } from './adapter.ts';
import type { FaultName } from './faults.ts';
import { inject, type Injection, type Verdict } from './inject.ts';
import type { Point } from './point.ts';
import { choose, spread, type Unfit } from './select.ts';

export interface LoopOptions {
  readonly lanes: number;
  readonly tasks?: readonly TaskName[];
  readonly faults?: readonly FaultName[];
  /** One point by its number; otherwise every place. */
  readonly point?: number;
  /** Every place on every host instead of on one. */
  readonly everyHost?: boolean;
  /** So many injections, spread evenly, instead of all. */
  readonly sample?: number;
  readonly seed?: number;
  readonly onVerdict?: (verdict: Verdict, done: number, all: number) => void;
  readonly onPoints?: (task: TaskName, points: readonly Point[]) => void;
}

export interface Report {
  readonly adapter: string;
  readonly verdicts: readonly Verdict[];
  readonly unfit: readonly Unfit[];
  /** All that a sample was drawn from. */
  readonly possible: readonly Injection[];
  /** The points of each task's untouched run. */
  readonly points: ReadonlyMap<TaskName, readonly Point[]>;
  readonly seconds: number;
}

const untouched = async (
  lane: Lane,
  tasks: readonly TaskName[],
  onPoints: LoopOptions['onPoints'],
): Promise<ReadonlyMap<TaskName, readonly Point[]>> => {
  const found = new Map<TaskName, readonly Point[]>();
  for (const task of tasks) {
    await lane.reset();
    const points = await lane.points(task);
    onPoints?.(task, points);
    found.set(task, points);
  }
  return found;
};

/** Every lane takes the next injection as soon as it is done with one. */
const share = async (
  lanes: readonly Lane[],
  injections: readonly Injection[],
  onVerdict: LoopOptions['onVerdict'],
): Promise<readonly Verdict[]> => {
  const verdicts: Verdict[] = [];
  let next = 0;
  const work = async (lane: Lane): Promise<void> => {
    for (let injection = injections[next++]; injection !== undefined; injection = injections[next++]) {
      const verdict = await inject(lane, injection);
      verdicts.push(verdict);
      onVerdict?.(verdict, verdicts.length, injections.length);
    }
  };
  await Promise.all(lanes.map(work));
  return verdicts;
};

/** Fails the 1st, 2nd, 3rd … point of every task's run in every way, and judges what is left. */
export const faultLoop = async (adapter: Adapter, options: LoopOptions): Promise<Report> => {
  const began = Date.now();
  const tasks = options.tasks ?? adapter.tasks;
  const faults = options.faults ?? adapter.faults;
  const lanes: Lane[] = [];
  try {
    lanes.push(await adapter.open(0));
    const points = await untouched(lanes[0]!, tasks, options.onPoints);
    const choices = tasks.flatMap((task) =>
      faults.map((fault) => {
        const everyHost = options.everyHost === true || options.point !== undefined;
        return choose({ adapter, task, fault, points: points.get(task) ?? [], everyHost });
      }),
    );
    const every = choices.flatMap(({ injections }) => injections);
    const wanted = options.point === undefined ? every : every.filter(({ number }) => number === options.point);
    const chosen = options.sample === undefined ? wanted : spread(wanted, options.sample, options.seed ?? 1);
    const further = Math.min(options.lanes, chosen.length) - 1;
    lanes.push(...(await Promise.all(Array.from({ length: Math.max(0, further) }, (_, n) => adapter.open(n + 1)))));
    const verdicts = await share(lanes, chosen, options.onVerdict);
    const unfit = choices.flatMap((choice) => choice.unfit);
    return { adapter: adapter.name, verdicts, unfit, possible: every, points, seconds: (Date.now() - began) / 1000 };
  } finally {
    await Promise.all(lanes.map((lane) => lane.stop()));
  }
};
