import type { Json } from '../model/json.ts';
import type { During } from '../model/step.ts';
import type { HostSurvey } from '../model/survey.ts';
import { pendingStarts } from './done-steps.ts';

/** What an earlier run stopped and never started again: it was killed inside a `during`. */
export interface OwedStart {
  /** The release whose journal says so. */
  readonly release: string;
  /** The step id of what stopped it. */
  readonly stop: string;
  readonly start: During['start'];
  /** What `stop` said, by host. */
  readonly stopped: Readonly<Record<string, Json>>;
}

/**
 * Every run that holds the fleet's lock starts it first of all, whichever task it is of. What a run has stopped that
 * is still at work is no business of others: nothing while the lock is held, under which it is looked at again.
 */
export const owedStarts = (hosts: readonly HostSurvey[], durings: readonly During[]): readonly OwedStart[] => {
  if (hosts.some(({ lockHeld }) => lockHeld)) return [];
  const names = new Set(hosts.flatMap(({ releases }) => releases.map(({ name }) => name)));
  return [...names].sort().flatMap((release) => {
    const pending = pendingStarts(hosts, release);
    return stopsIn(hosts, release, durings).flatMap(({ stop, start }) =>
      pending(stop).map((stopped) => ({ release, stop, start, stopped })),
    );
  });
};

/** «A run of 2026-11-20_14.05.33 was killed …», for `--plan` and the run. */
export const owedWords = ({ release, stop, stopped }: OwedStart): string =>
  `${stop} of ${release} was interrupted: what it stopped on ${Object.keys(stopped).join(', ')} is started first of all.`;

/** A task may have a stop twice; journals then know the second one as `#2`. */
const stopsIn = (
  hosts: readonly HostSurvey[],
  release: string,
  durings: readonly During[],
): readonly { readonly stop: string; readonly start: During['start'] }[] => {
  const starts = new Map(durings.map(({ stop, start }) => [stop.name, start]));
  const steps = hosts.flatMap(({ releases }) =>
    releases.flatMap(({ name, journal }) => (name === release ? journal.map(({ step }) => step) : [])),
  );
  return [...new Set(steps)].flatMap((stop) => {
    const start = starts.get(stop.replace(/#\d+$/, ''));
    return start === undefined ? [] : [{ stop, start }];
  });
};
