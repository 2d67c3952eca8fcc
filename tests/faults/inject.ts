import { setTimeout as pause } from 'node:timers/promises';
import type { Controller, Ended, Goal, Lane, TaskName } from './adapter.ts';
import { faultNamed, type FaultName, type Scene } from './faults.ts';
import { commandLineOf, isUntold, killAll, leftoversOf } from './hosts.ts';
import { hostNames, honest, isSplit, one, shown, standings, whole, type Violation } from './oracle.ts';
import type { Point, Side } from './point.ts';

/** One fault at one point of one task. */
export interface Injection {
  readonly task: TaskName;
  readonly fault: FaultName;
  readonly point: Point;
  /** The point's number in the list of the task's points, from 1. */
  readonly number: number;
  /** Decides which host a point without one means, and how the run is recovered. */
  readonly turn: number;
  readonly side: Side;
}

export interface Verdict {
  readonly injection: Injection;
  /** Why nothing was struck; undefined when the fault happened. */
  readonly missed: string | undefined;
  readonly status: number | string;
  readonly violations: readonly Violation[];
  /** Hosts on different releases when the run had ended, before anything was done about it. */
  readonly split: boolean;
  /** Exit statuses of what was typed afterwards. */
  readonly recovery: readonly number[];
  /** What the controllers said, one after the other. */
  readonly said: readonly string[];
  readonly seconds: number;
}

/** How a controller ended; one that does not is killed. */
const endOf = async (controller: Controller, patience: number): Promise<Ended | undefined> => {
  const late = new AbortController();
  const ended = await Promise.race([
    controller.ended,
    pause(patience * 1000, undefined, { signal: late.signal }).catch(() => undefined),
  ]);
  late.abort();
  if (ended !== undefined) return ended;
  killAll(controller.pids().map((pid) => ({ pid })));
  await controller.ended;
  return undefined;
};

/** Waits until what the run started on the hosts has ended, as long as was promised. */
const leaked = async (lane: Lane): Promise<readonly Violation[]> => {
  const limit = Date.now() + (lane.lease + 2) * 1000;
  for (;;) {
    const left = leftoversOf(lane.uid);
    const locked = left.length === 0 ? await lane.lockedHosts() : [];
    if (left.length === 0 && locked.length === 0) return [];
    if (Date.now() > limit)
      return [
        ...left
          .filter((each) => !isUntold(each, left))
          .map((each) => ({ kind: 'leaked process', sentence: commandLineOf(each) }) as const),
        ...locked.map((host) => ({ kind: 'leaked lock', sentence: `${host} is still locked` }) as const),
      ];
    await pause(20);
  }
};

const afterFault = (lane: Lane, task: TaskName, goal: Goal, ended: Ended | undefined): readonly Violation[] => [
  ...whole(lane, goal),
  ...(ended === undefined
    ? [{ kind: 'hung', sentence: `the controller does nothing any more after ${lane.patience} s` } as const]
    : ended.status === null
      ? []
      : honest(lane, task, goal, ended.status)),
];

interface Recovered {
  readonly violations: readonly Violation[];
  readonly statuses: readonly number[];
  readonly said: readonly string[];
}

/** Types one command after the other until one goes through. Only «nothing to resume» leads to the next. */
const recover = async (lane: Lane, { task, turn }: Injection, goal: Goal): Promise<Recovered> => {
  const statuses: number[] = [];
  const said: string[] = [];
  for (const start of lane.recoveries(task, turn)) {
    const ended = await endOf(start(), lane.patience);
    said.push(ended?.text ?? 'hung');
    statuses.push(ended?.status ?? -1);
    if (ended?.status !== 2) break;
  }
  const violations =
    statuses.at(-1) === 0
      ? [...one(lane, goal), ...(await leaked(lane))]
      : [{ kind: 'unresumable', sentence: `the next runs ended with ${statuses.join(', ')}` } as const];
  return { violations, statuses, said };
};

/** A stopped controller whose lease is over changes nothing when it wakes up. */
const holdStill = async (scene: Scene, goal: Goal): Promise<(() => readonly Violation[]) | undefined> => {
  const locked = (await scene.lane.lockedHosts()).length > 0;
  if (!locked) return undefined;
  let before: string | undefined;
  const timer = setTimeout(() => (before = shown(standings(scene.lane, goal))), (scene.lane.lease + 0.8) * 1000);
  return () => {
    clearTimeout(timer);
    const now = shown(standings(scene.lane, goal));
    return before === undefined || before === now
      ? []
      : [{ kind: 'broken disk', sentence: `a stopped controller went on: ${before}, then ${now}` }];
  };
};

/** Injects one fault, looks at the hosts, recovers, looks again. */
export const inject = async (lane: Lane, injection: Injection): Promise<Verdict> => {
  const began = Date.now();
  const { task, point, side, turn } = injection;
  const fault = faultNamed(injection.fault);
  await lane.reset();
  const goal = lane.goal(task);
  const controller = lane.start(task, { point, side });
  const verdict = (rest: Omit<Verdict, 'injection' | 'seconds'>): Verdict => ({
    injection,
    ...rest,
    seconds: (Date.now() - began) / 1000,
  });
  if (!(await controller.reached)) {
    const ended = await endOf(controller, lane.patience);
    return verdict({
      missed: 'this run did not come by here',
      split: false,
      status: ended?.status ?? 'hung',
      violations: afterFault(lane, task, goal, ended),
      recovery: [],
      said: [ended?.text ?? ''],
    });
  }
  const names = hostNames(lane);
  const host = lane.fleet.host(point.host ?? names[turn % names.length] ?? '');
  const scene: Scene = { lane, controller, host };
  const struck = await fault.strike(scene);
  const stillness = fault.name === 'stop' ? await holdStill(scene, goal) : undefined;
  controller.go();
  const [ended] = await Promise.all([endOf(controller, lane.patience), struck ? fault.meanwhile?.(scene) : undefined]);
  const leaks = await leaked(lane);
  const first = [...afterFault(lane, task, goal, ended), ...leaks, ...(stillness?.() ?? [])];
  const split = isSplit(standings(lane, goal));
  await fault.mend?.(scene);
  const recovered = await recover(lane, injection, goal);
  return verdict({
    split,
    missed: struck ? undefined : 'there was nothing to strike at that moment',
    status: ended === undefined ? 'hung' : (ended.status ?? ended.signal ?? 'none'),
    violations: [...first, ...recovered.violations],
    recovery: recovered.statuses,
    said: [ended?.text ?? '', ...recovered.said],
  });
};
