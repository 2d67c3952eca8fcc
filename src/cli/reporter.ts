import type { Plan } from '../plan/plan.ts';
import { board, json, lines, terminalOf } from '../report/index.ts';
import type { Observer } from '../run/event.ts';
import type { Output } from './output.ts';

/** What people and programs see of one run. */
export interface Reporter {
  readonly observe: Observer;
  close(): void;
}

/** A live board on a terminal, prefixed lines elsewhere, JSON lines on standard output if asked for. */
export const reporterFor = (output: Output, plan: Plan): Reporter => {
  const { colours, verbose, quiet, stream } = output;
  const verbosity = quiet ? 'quiet' : verbose ? 'verbose' : 'normal';
  const write = (text: string): void => void stream.write(text);
  // `run` and `manage` are read for their output: it goes straight through.
  const live = output.interactive && !quiet && !output.json && plan.task.exitStatus === 'run';
  const shown = live
    ? board({ terminal: terminalOf(stream), colours, verbosity: verbose ? 'verbose' : 'normal' })
    : { observe: lines({ write, colours, verbosity }), close: () => undefined };
  const data = output.json ? json({ write: (text) => void process.stdout.write(text) }) : undefined;
  return {
    observe: (event) => {
      data?.(event);
      shown.observe(event);
    },
    close: () => shown.close(),
  };
};
