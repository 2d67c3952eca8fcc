/** A place of a run where a fault can strike: named, so that it is the same place in every run of a task. */
export interface Point {
  /** The step or phase that the run, or this host of it, has come to. */
  readonly step: string;
  /** `open`, `ask lock`, `answer lock`, `event host-started`, … */
  readonly what: string;
  /** Undefined for what happens on the controller alone. */
  readonly host: string | undefined;
  /** Which time it comes by here, from 1. */
  readonly nth: number;
}

/** Before the action of a point, or right after it. */
export type Side = 'before' | 'after';

/** What a controller is told on its command line. */
export interface Ambush {
  readonly point: Point;
  readonly side: Side;
}

export const pointKey = ({ step, what, host, nth }: Point): string => [step, what, host ?? '-', nth].join(' / ');

/** The same place on whichever host. */
export const placeKey = ({ step, what, nth }: Point): string => [step, what, nth].join(' / ');

/**
 * Points in an order that does not depend on which host was quicker: by step as first come to, then by
 * host, then as that host came by them.
 */
export const inOrder = (points: readonly Point[]): readonly Point[] => {
  const steps = [...new Set(points.map(({ step }) => step))];
  const rank = ({ step, host }: Point): string => `${String(steps.indexOf(step)).padStart(4, '0')} ${host ?? ''}`;
  return points
    .map((point, at) => ({ point, at }))
    .sort((a, b) => rank(a.point).localeCompare(rank(b.point)) || a.at - b.at)
    .map(({ point }) => point);
};
