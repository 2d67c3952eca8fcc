import { open, rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { readIfThere } from './environment.ts';
import { wordsOf } from './process.ts';

const pauseMilliseconds = 50;
const mostTries = 400;

/**
 * Runs `work` while no other process does so for the same file. A file left behind by a process
 * that is gone does not count.
 * @throws Error when the other one takes too long.
 */
export const oneAtATime = async <Answer>(file: string, work: () => Promise<Answer>): Promise<Answer> => {
  for (let tries = 0; tries < mostTries; tries += 1) {
    if (await claimed(file)) {
      try {
        return await work();
      } finally {
        await rm(file, { force: true });
      }
    }
    const owner = await readIfThere(file);
    // Empty: made this moment, or left so by a process killed right then; the tries tell which.
    const gone =
      owner === undefined ? false : owner === '' ? tries === mostTries / 2 : wordsOf(Number(owner)).length === 0;
    if (gone) await rm(file, { force: true });
    else await pause(pauseMilliseconds);
  }
  throw new Error(`Another process is starting the demo fleet and does not come to an end (${file}).`);
};

const claimed = async (file: string): Promise<boolean> => {
  try {
    const handle = await open(file, 'wx');
    await handle.writeFile(String(process.pid));
    await handle.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
};
