import type { HostSurvey } from '../model/survey.ts';
import { startOf } from '../plan/make-plan.ts';
import { plannedSteps } from '../plan/planned-steps.ts';
import type { PlanNode } from '../plan/plan.ts';
import type { Outcome } from './outcome.ts';
import type { RunState, Timing } from './state.ts';

/** Of each step the host that took longest, in the order of the steps. */
export const slowestOfEach = (timings: readonly Timing[]): Outcome['timings'] => {
  const byStep = new Map<string, Outcome['timings'][number]>();
  for (const { step, host, seconds } of timings)
    if (seconds > (byStep.get(step)?.seconds ?? -1)) byStep.set(step, { step, host, seconds });
  return [...byStep.values()];
};

const partsInOrder = [
  ...(['connect', 'survey', 'lock', 'transfer', 'build', 'publish', 'restart', 'clean'] as const),
  ...(['other steps', 'waiting at a barrier', 'read back and record'] as const),
];
type Part = (typeof partsInOrder)[number];

/**
 * Where the time of the run's slowest host went, from the first handshake to the run's end: the host that was at
 * work longest, which the others waited for at the barriers. Undefined where no step came to an end.
 */
export const timeSpent = (state: RunState): Outcome['spent'] => {
  const { plan, timings, began, workBegan } = state;
  if (workBegan === undefined) return undefined;
  const partOf = partsOf(state);
  const reached = new Map(plan.hosts.map((found) => [found.host, found.reached]));
  const all = [...byHost(timings)].map(([host, own]) => workOf(host, own, reached.get(host), partOf));
  const [slowest] = all.sort((one, other) => other.busy - one.busy);
  if (slowest === undefined) return undefined;
  const workEnded = Math.max(...timings.map(({ ended }) => ended));
  const between = (from: number, to: number): number => Math.max(0, to - from) / 1000;
  const parts = new Map<Part, number>([
    ...slowest.parts,
    ['lock', between(began, workBegan)],
    ...(all.length > 1 ? [['waiting at a barrier', between(workBegan, workEnded) - slowest.stepping] as const] : []),
    ['read back and record', between(workEnded, Date.now())],
  ]);
  return {
    host: slowest.host,
    parts: partsInOrder.flatMap((part) => {
      const seconds = parts.get(part);
      return seconds === undefined ? [] : [{ part, seconds: Math.max(0, seconds) }];
    }),
  };
};

interface Work {
  readonly host: string;
  readonly parts: ReadonlyMap<Part, number>;
  /** Seconds within steps. */
  readonly stepping: number;
  /** Those, and what reaching and reading the host took. */
  readonly busy: number;
}

const byHost = (timings: readonly Timing[]): ReadonlyMap<string, Timing[]> => {
  const hosts = new Map<string, Timing[]>();
  for (const timing of timings) {
    const own = hosts.get(timing.host);
    if (own === undefined) hosts.set(timing.host, [timing]);
    else own.push(timing);
  }
  return hosts;
};

const workOf = (
  host: string,
  timings: readonly Timing[],
  reached: HostSurvey['reached'],
  partOf: (step: string) => Part,
): Work => {
  const parts = new Map<Part, number>(
    reached === undefined
      ? []
      : [
          ['connect', reached.connectSeconds],
          ['survey', reached.surveySeconds],
        ],
  );
  const looking = (reached?.connectSeconds ?? 0) + (reached?.surveySeconds ?? 0);
  let stepping = 0;
  let until = 0;
  // Where steps run side by side, time counts once, for the one that began first.
  for (const { step, seconds, ended } of [...timings].sort(byBeginning)) {
    const own = Math.max(0, ended - Math.max(until, ended - seconds * 1000)) / 1000;
    until = Math.max(until, ended);
    stepping += own;
    parts.set(partOf(step), (parts.get(partOf(step)) ?? 0) + own);
  }
  return { host, parts, stepping, busy: looking + stepping };
};

const byBeginning = (one: Timing, other: Timing): number =>
  one.ended - one.seconds * 1000 - (other.ended - other.seconds * 1000);

/** What a step's time is for, by what it says of itself and by where it stands. */
const partsOf = ({ plan }: RunState): ((step: string) => Part) => {
  const known = new Map<string, Part>();
  let published = false;
  const builds = plan.task.release.kind === 'new';
  for (const { id, step } of plannedSteps(plan.nodes)) {
    const publishes = step.kind === 'engine' && step.action === 'publish';
    published ||= publishes;
    if (publishes) known.set(id, 'publish');
    else if (step.kind === 'engine') known.set(id, step.action === 'clean' ? 'clean' : 'build');
    else if (step.restarts) known.set(id, 'restart');
    else if (step.transfers) known.set(id, 'transfer');
    else if (builds && !published) known.set(id, 'build');
  }
  for (const stop of pauses(plan.nodes)) known.set(stop, 'restart').set(startOf(stop), 'restart');
  return (step) => known.get(step) ?? 'other steps';
};

/** What is stopped while something else is done, and started again. */
const pauses = (nodes: readonly PlanNode[]): readonly string[] =>
  nodes.flatMap((node) => {
    if (node.kind === 'during') return [node.stop.id, ...pauses(node.nodes)];
    return node.kind === 'when' ? pauses(node.nodes) : [];
  });
