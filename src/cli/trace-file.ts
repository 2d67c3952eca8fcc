import { writeFileSync } from 'node:fs';
import { problem, type Problem } from '../model/problem.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { trace, type Trace } from '../report/trace.ts';

/** The trace that `--trace FILE` asks for. */
export interface TraceFile extends Pick<Trace, 'observe' | 'span'> {
  /** A sentence where it could not be written: no reason for another exit status than the run's own. */
  write(): string | undefined;
}

const nothing = (): undefined => undefined;

/** The file must be writable before anything is begun: nobody wants to learn afterwards that there is none. */
export const traceFile = (path: string | undefined): Result<TraceFile, readonly Problem[]> => {
  if (path === undefined) return ok({ observe: nothing, span: nothing, write: nothing });
  const collected = trace();
  const written = (text: string): string | undefined => {
    try {
      writeFileSync(path, text, { mode: 0o600 });
      return undefined;
    } catch (thrown) {
      return `--trace cannot write ${path}: ${(thrown as Error).message}`;
    }
  };
  // The shell of a trace, should this process be killed before it has a better one.
  const unwritable = written('{"traceEvents":[]}\n');
  return unwritable === undefined
    ? ok({ ...collected, write: () => written(collected.text()) })
    : fail([problem(unwritable)]);
};
