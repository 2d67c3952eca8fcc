import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** The words a process was started with; none when there is no such process (any more). */
export const wordsOf = (pid: number): readonly string[] => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
};

/**
 * Ends a process that was started with `word` among its words, first politely. Process ids are
 * used again by the system, so a recorded one alone says nothing.
 * @returns whether it was running.
 */
export const endProcess = async (pid: number, word: string): Promise<boolean> => {
  const isOurs = (): boolean => wordsOf(pid).includes(word);
  if (!isOurs()) return false;
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    for (let tries = 0; tries < 100 && isOurs(); tries += 1) await pause(50);
    if (!isOurs()) return true;
  }
  throw new Error(`The process ${pid} does not end.`);
};
