import type { Adapter, TaskName } from './adapter.ts';
import type { FaultName } from './faults.ts';
import { faultNamed } from './faults.ts';
import type { Injection } from './inject.ts';
import { placeKey, type Point } from './point.ts';

/** Where a fault cannot be, and why. */
export interface Unfit {
  readonly task: TaskName;
  readonly fault: FaultName;
  readonly step: string;
  readonly why: string;
}

export interface Choice {
  readonly injections: readonly Injection[];
  readonly unfit: readonly Unfit[];
}

/** A small generator that gives the same numbers for the same seed everywhere (mulberry32). */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

interface Numbered {
  readonly point: Point;
  readonly number: number;
}

/** The points of a task by place; those of one place differ by their host alone. */
const places = (points: readonly Point[]): readonly (readonly Numbered[])[] => {
  const byPlace = new Map<string, Numbered[]>();
  for (const [index, point] of points.entries()) {
    const key = placeKey(point);
    byPlace.set(key, [...(byPlace.get(key) ?? []), { point, number: index + 1 }]);
  }
  return [...byPlace.values()];
};

export interface Question {
  readonly adapter: Adapter;
  readonly task: TaskName;
  readonly fault: FaultName;
  readonly points: readonly Point[];
  readonly everyHost: boolean;
}

/**
 * Every place of a task's run under one fault, on one host each: another host from place to place, and
 * from fault to fault. With `everyHost`, on each of them.
 */
export const choose = ({ adapter, task, fault, points, everyHost }: Question): Choice => {
  const { fits, side } = faultNamed(fault);
  const faultIndex = adapter.faults.indexOf(fault);
  const chosen = places(points).flatMap((each, index) =>
    everyHost ? each : each.slice((index + faultIndex) % each.length).slice(0, 1),
  );
  const unfit = chosen.flatMap(({ point }) => {
    const why = fits?.(point);
    return why === undefined ? [] : [{ task, fault, step: point.step, why }];
  });
  const injections = chosen
    .filter(({ point }) => fits?.(point) === undefined)
    .map(({ point, number }) => ({
      task,
      fault,
      point,
      number,
      turn: number + faultIndex,
      side: adapter.sides?.[fault] ?? side,
    }));
  return { injections, unfit };
};

const shuffled = <Item>(items: readonly Item[], random: () => number): readonly Item[] => {
  const left = [...items];
  return items.map(() => left.splice(Math.floor(random() * left.length), 1)[0]!);
};

/** So many of them, spread evenly over task × fault × step: one of each cell, then another of each. */
export const spread = (injections: readonly Injection[], size: number, seed: number): readonly Injection[] => {
  const random = randomFrom(seed);
  const cells = new Map<string, Injection[]>();
  for (const each of shuffled(injections, random)) {
    const key = `${each.task} ${each.fault} ${each.point.step}`;
    cells.set(key, [...(cells.get(key) ?? []), each]);
  }
  const rounds = shuffled([...cells.values()], random);
  const deepest = Math.max(0, ...rounds.map(({ length }) => length));
  return Array.from({ length: deepest }, (_, round) => rounds.flatMap((cell) => cell.slice(round, round + 1)))
    .flat()
    .slice(0, size);
};
