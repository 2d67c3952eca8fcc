import type { Plan } from '../plan/plan.ts';
import type { Observer, RunEventType } from '../run/event.ts';
import type { Colours } from './colours.ts';
import { eventLines } from './event-text.ts';

/** `quiet`: failures and the summary; `verbose`: the commands and every host's result, too. */
export type Verbosity = 'quiet' | 'normal' | 'verbose';

export interface LinesOptions {
  readonly write: (text: string) => void;
  readonly colours: Colours;
  readonly verbosity: Verbosity;
}

const quiet: readonly RunEventType[] = ['host-failed', 'run-finished'];
const normal: readonly RunEventType[] = [
  ...quiet,
  'run-started',
  'phase',
  'step-started',
  'step-skipped',
  'step-finished',
  'output',
  'said',
];
const verbose: readonly RunEventType[] = [...normal, 'host-succeeded', 'host-skipped', 'command-started', 'published'];
const shown: Readonly<Record<Verbosity, ReadonlySet<RunEventType>>> = {
  quiet: new Set(quiet),
  normal: new Set(normal),
  verbose: new Set(verbose),
};

/** Reports a run as plain lines, for logs, pipes and terminals that cannot do more. */
export const lines = ({ write, colours, verbosity }: LinesOptions): Observer => {
  let plan: Plan | undefined;
  return (event) => {
    if (event.type === 'run-started') plan = event.plan;
    if (!shown[verbosity].has(event.type)) return;
    const text = eventLines(event, { colours, verbose: verbosity === 'verbose', plan });
    // One write for each event, so that lines of several processes do not mix inside one.
    if (text.length > 0) write(`${text.join('\n')}\n`);
  };
};
