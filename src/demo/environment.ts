import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { DemoFolder } from './folder.ts';
import { inventoryText, type DemoHost } from './inventory.ts';

/** The text of a file, or nothing when it does not exist. */
export const readIfThere = async (file: string): Promise<string | undefined> => {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/** Writes a file unless it has this text already, so that nothing looks changed that is not. */
export const writeIfChanged = async (file: string, content: string): Promise<void> => {
  if ((await readIfThere(file)) !== content) await writeFile(file, content);
};

/**
 * The files of a demo environment by path, as they are committed for the project's own. The
 * settings and the fabfile's path are relative to the environment's folder.
 */
export const environmentFiles = (
  folder: DemoFolder,
  hosts: readonly DemoHost[],
  fabfile: string,
): Readonly<Record<string, string>> => {
  const from = (path: string): string => relative(folder.environment, path);
  return {
    [folder.marker]: `# The hosts of this environment are played by the demo fleet, which keeps its state in:
${from(folder.state)}
`,
    [folder.inventory]: inventoryText(hosts, from(folder.key)),
    [folder.settings]: `code_repo: ${from(folder.app)}
default_branch: master
fabfile: ${from(fabfile)}
`,
  };
};

/** Makes the files that are missing; what a person has changed stays. */
export const writeMissingEnvironment = async (
  folder: DemoFolder,
  hosts: readonly DemoHost[],
  fabfile: string,
): Promise<void> => {
  await mkdir(folder.environment, { recursive: true });
  for (const [file, content] of Object.entries(environmentFiles(folder, hosts, fabfile)))
    if ((await readIfThere(file)) === undefined) await writeFile(file, content);
};
