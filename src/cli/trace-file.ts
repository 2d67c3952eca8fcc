import { writeFileSync } from 'node:fs';
import { problem, type Problem } from '../model/problem.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { trace, type Trace } from '../report/trace.ts';

/** The trace that `--trace FILE` asks for. */
export interface TraceFile extends Pick<Trace, 'observe' | 'span'> {
  write(): void;
}

const nothing = (): void => undefined;

/** The file must be writable before anything is begun: nobody wants to learn afterwards that there is none. */
export const traceFile = (path: string | undefined): Result<TraceFile, readonly Problem[]> => {
  if (path === undefined) return ok({ observe: nothing, span: nothing, write: nothing });
  const collected = trace();
  const written = (text: string): void => writeFileSync(path, text, { mode: 0o600 });
  try {
    // The shell of a trace, should this process be killed before it has a better one.
    written('{"traceEvents":[]}\n');
  } catch (thrown) {
    return fail([problem(`--trace cannot write ${path}: ${(thrown as Error).message}`)]);
  }
  return ok({ ...collected, write: () => written(collected.text()) });
};
