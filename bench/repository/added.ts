import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What a directory tree takes from the disk beyond what another one has already. */
export interface Added {
  readonly bytes: number;
  readonly inodes: number;
  /** Regular files that both trees have as one inode: who writes into one, writes into the other. */
  readonly shared: number;
}

/** Looks at every entry of `tree`, its own directory included. */
export const addedBy = (tree: string, besides: string): Added => {
  const there = new Set(filesIn(besides).map(({ inode }) => inode));
  const seen = new Map(filesIn(tree).map((file) => [file.inode, file]));
  const files = [...seen.values()];
  const added = files.filter(({ inode }) => !there.has(inode));
  return {
    bytes: added.reduce((sum, { bytes }) => sum + bytes, 0),
    inodes: added.length,
    shared: files.filter(({ inode, isFile }) => isFile && there.has(inode)).length,
  };
};

interface Entry {
  readonly inode: bigint;
  readonly bytes: number;
  readonly isFile: boolean;
}

const filesIn = (folder: string): readonly Entry[] => [
  entryOf(folder),
  ...readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [entryOf(path)];
  }),
];

const entryOf = (path: string): Entry => {
  const { ino, blocks } = lstatSync(path, { bigint: true });
  return { inode: ino, bytes: Number(blocks) * 512, isFile: lstatSync(path).isFile() };
};
