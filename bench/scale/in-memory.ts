import { statfsSync } from 'node:fs';

const memory = '/dev/shm';

/** Of a tmpfs; statfs(2). */
const tmpfs = 0x01021994;

/** What a thousand small hosts, or three with a large repository, take at most. */
const needed = 6e9;

/** Whether there is a file system in memory that is large enough. */
const isThere = (): boolean => {
  try {
    const { type, bavail, bsize } = statfsSync(memory);
    return type === tmpfs && bavail * bsize > needed;
  } catch {
    return false;
  }
};

/**
 * Lets all that asks for the folder for temporary files meanwhile (fleets, desks, scratch folders) have one in memory
 * where there is one. What a disk costs is measured by itself: on an ext4 without a journal, as some virtual machines
 * have it, a new file costs ten times as much while there are inodes that were deleted in the last minutes.
 * `work` is told where it works, for people.
 */
export const inMemory = async <Value>(work: (where: string) => Promise<Value>): Promise<Value> => {
  if (!isThere()) return work("this machine's disk");
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = memory;
  try {
    return await work('memory (tmpfs)');
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
};
