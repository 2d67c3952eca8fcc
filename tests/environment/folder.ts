import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from '@jest/globals';
import { readEnvironment, type Environment, type EnvironmentRequest } from '../../src/environment/environment.ts';
import { problemText } from '../../src/model/problem.ts';

const made: string[] = [];
afterAll(() => made.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** Writes files into a new folder of environments, removed after the tests. */
export const folderOf = (files: Readonly<Record<string, string>>): string => {
  const folder = mkdtempSync(join(tmpdir(), 'fabwright-environments-'));
  made.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text, { mode: 0o600 });
  }
  return folder;
};

/** An environment `prod` with one host and these further files. */
export const prodOf = (files: Readonly<Record<string, string>>): string =>
  folderOf(
    Object.fromEntries(
      Object.entries({ 'inventory.ini': '[web]\nweb1\n', ...files }).map(([name, text]) => [`prod/${name}`, text]),
    ),
  );

type Request = Omit<EnvironmentRequest, 'directory' | 'name'>;

export const read = async (directory: string, request: Request = {}): Promise<Environment> => {
  const result = await readEnvironment({ directory, name: 'prod', ...request });
  if (!result.ok) throw new Error(result.failure.map(problemText).join('\n'));
  return result.value;
};

/** Every problem as text, the folder's own path cut off. */
export const problemsOf = async (
  directory: string,
  request: Request & { name?: string } = {},
): Promise<readonly string[]> => {
  const result = await readEnvironment({ directory, name: 'prod', ...request });
  if (result.ok) throw new Error('There was no problem.');
  return result.failure.map((each) => problemText(each).replaceAll(`${directory}/`, ''));
};

/** The notices, the folder's own path cut off. */
export const noticesOf = async (directory: string): Promise<readonly string[]> =>
  (await read(directory)).notices.map((each) => each.replaceAll(`${directory}/`, ''));
