import { stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The names under which an environment's folder may hold its inventory. */
const sourceNames = ['inventory.ini', 'inventory', 'inventory.ts', 'inventory.csv'] as const;
export type SourceName = (typeof sourceNames)[number];

/** Which inventories `folder` holds. */
export const sourcesIn = async (folder: string): Promise<readonly SourceName[]> => {
  const found = await Promise.all(
    sourceNames.map(async (name) => {
      const kind = await kindOf(join(folder, name));
      return kind === (name === 'inventory' ? 'directory' : 'file') ? [name] : [];
    }),
  );
  return found.flat();
};

/** What there is at a path, behind links. */
export const kindOf = async (path: string): Promise<'file' | 'directory' | 'nothing'> => {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return 'nothing';
  return found.isDirectory() ? 'directory' : 'file';
};
