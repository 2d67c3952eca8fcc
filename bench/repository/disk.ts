import { spawnSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../measure/temporary-folder.ts';

/** How a file system is made, and what it is known by. */
export interface DiskKind {
  readonly name: string;
  readonly make: readonly string[];
}

/** As Debian's installer makes one. */
export const ext4: DiskKind = { name: 'ext4', make: ['mkfs.ext4', '-q', '-F'] };

/** Can share blocks between files (`cp --reflink`). */
export const xfs: DiskKind = { name: 'xfs', make: ['mkfs.xfs', '-q', '-f'] };

/** A file system of our own. */
export interface Disk {
  readonly name: string;
  readonly path: string;
  remove(): void;
}

/** Sparse: only what is written to it is there. */
const bytes = 8 * 2 ** 30;

/**
 * Mounts a new file system in a file. Measured on one of the machine's own, the same work may cost ten times as much:
 * an ext4 without a journal, as some virtual machines have it, goes round every inode that was deleted in the last
 * minutes, and benches delete many. Undefined where the program that makes it is missing or nothing may be mounted.
 */
export const newDisk = ({ name, make }: DiskKind): Disk | undefined => {
  const folder = temporaryFolder(name);
  const [image, path] = [join(folder.path, 'image'), join(folder.path, 'mounted')];
  writeFileSync(image, '');
  truncateSync(image, bytes);
  mkdirSync(path);
  const [program = '', ...words] = make;
  const unmount = (): void => void spawnSync('umount', ['-l', path]);
  if (!well(program, [...words, image]) || !well('mount', ['-o', 'loop', image, path])) {
    folder.remove();
    return undefined;
  }
  process.prependOnceListener('exit', unmount);
  return {
    name,
    path,
    remove: () => {
      process.off('exit', unmount);
      unmount();
      folder.remove();
    },
  };
};

const well = (program: string, words: readonly string[]): boolean => spawnSync(program, words).status === 0;
