import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sourcesIn } from './inventory/sources.ts';

/**
 * The names of the environments in `directory`, sorted: folders that hold an inventory and whose names
 * do not start with `_` or `.`. None when there is no such directory.
 */
export const findEnvironments = async (directory: string): Promise<readonly string[]> => {
  const names = (await namesIn(directory)).filter((name) => !/^[_.]/.test(name));
  const holds = await Promise.all(names.map(async (name) => (await sourcesIn(join(directory, name))).length > 0));
  return names.filter((_, index) => holds[index]).sort();
};

const namesIn = async (directory: string): Promise<readonly string[]> => {
  try {
    return await readdir(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
};
