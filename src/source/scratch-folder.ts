import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whatever a process keeps in the directory for temporary files is named like this, with its number. */
const named = /^fabwright-(?:packs|statics|pipes)-(\d+)-/;

/**
 * A folder for the packs of this process. All that processes left which were killed, and nobody else takes
 * away, goes now; a number that another process has by now keeps its folder until that one ends.
 */
export const scratchFolder = async (parent = tmpdir()): Promise<string> => {
  const left = (await readdir(parent)).filter((name) => {
    const pid = named.exec(name)?.[1];
    return pid !== undefined && !isAlive(Number(pid));
  });
  // What belongs to somebody else stays.
  await Promise.allSettled(left.map((name) => rm(join(parent, name), { recursive: true, force: true })));
  return mkdtemp(join(parent, `fabwright-packs-${process.pid}-`));
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
};
