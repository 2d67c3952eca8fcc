import { lineThrough } from '../measure/statistics.ts';

/** One cost at several numbers of hosts, ascending. */
export type Points = readonly (readonly [hosts: number, cost: number])[];

/** What one more host costs between two neighbouring points. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly perHost: number;
}

/** How a cost grows with the hosts. */
export interface Growth {
  /** By least squares over all points: what every run costs, and every host on top. */
  readonly base: number;
  readonly slope: number;
  readonly stretches: readonly Stretch[];
  /**
   * What one more host costs on the last stretch, as a multiple of what it costs on the first: 1 for a straight line,
   * the more the larger the part that grows with the square. Nothing where there are fewer than two stretches.
   */
  readonly increase: number | undefined;
}

/** Below this many hosts, the base of every run drowns what one of them costs. */
const fewest = 10;

export const growthOf = (points: Points): Growth => {
  const { base, slope } = lineThrough(points);
  const counted = points.filter(([hosts]) => hosts >= fewest);
  const stretches = counted.slice(1).map(([to, cost], at): Stretch => {
    const [from, before] = counted[at] ?? [NaN, NaN];
    return { from, to, perHost: (cost - before) / (to - from) };
  });
  const [first, last] = [stretches[0], stretches.at(-1)];
  const two = first !== undefined && last !== undefined && first !== last;
  return { base, slope, stretches, increase: two ? last.perHost / first.perHost : undefined };
};

/** An increase up to this is still called linear: what is measured spreads by as much. */
const mostIncrease = 1.25;

/** A sentence: whether a cost grows linearly, and the figures that say so. `digits` are those of the unit. */
export const verdict = (
  what: string,
  unit: string,
  { base, slope, stretches, increase }: Growth,
  digits: number,
): string => {
  const fitted = `${what}: ${slope.toFixed(digits)} ${unit} per host on top of ${base.toFixed(digits)} ${unit}`;
  if (increase === undefined) return `${fitted}; too few points to say how it grows.`;
  const each = stretches.map(
    ({ from, to, perHost }) => `${perHost.toFixed(digits)} ${unit} from ${from} to ${to} hosts`,
  );
  const judged = increase <= mostIncrease ? 'linear' : '**more than linear**';
  return `${fitted}. One more host costs ${each.join(', ')}: ${increase.toFixed(2)} ×, ${judged}.`;
};
