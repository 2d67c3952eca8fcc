import { readdirSync, readlinkSync, type Dirent } from 'node:fs';
import { join } from 'node:path';

const shown = (directory: string, entry: Dirent): string => {
  if (entry.isSymbolicLink()) return `${entry.name} -> ${readlinkSync(join(directory, entry.name))}`;
  return entry.isDirectory() ? `${entry.name}/` : entry.name;
};

/** A folder as indented lines, `levels` deep, with where its links lead. */
export const treeLines = (directory: string, levels: number): readonly string[] =>
  readdirSync(directory, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => [
      shown(directory, entry),
      ...(entry.isDirectory() && levels > 1
        ? treeLines(join(directory, entry.name), levels - 1).map((line) => `  ${line}`)
        : []),
    ]);
