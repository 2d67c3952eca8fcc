import { appendFile } from 'node:fs/promises';
import type { Outcome } from '../run/outcome.ts';

/**
 * A line `<step>: <seconds>` for each step of a run, as commcare-cloud's `timing_log` has them.
 * @returns what stood in its way, for a person.
 */
export const logTimings = async (file: string | undefined, { timings }: Outcome): Promise<string | undefined> => {
  if (file === undefined || timings.length === 0) return undefined;
  const lines = timings.map(({ step, seconds }) => `${step}: ${seconds.toFixed(3)}\n`).join('');
  return appendFile(file, lines).then(
    () => undefined,
    (error: unknown) => `The times could not be added to timing_log: ${(error as Error).message}`,
  );
};
