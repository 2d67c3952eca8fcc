import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { privateCache } from '../environment/private-cache.ts';
import { problem, type Problem } from '../model/problem.ts';
import { fail, ok, type Result } from '../model/result.ts';
import type { Runnable } from '../model/task.ts';

/** What a fabfile may export by default: its tasks and views, or a function of the settings that gives them. */
export type FabfileExport =
  | readonly Runnable[]
  | ((settings: Readonly<Record<string, unknown>>) => readonly Runnable[] | Promise<readonly Runnable[]>);

const usualNames = ['fabfile.ts', 'fabfile.mts', 'fabfile.js', 'fabfile.mjs'];

/** The fabfile in a folder, if there is one. */
export const findFabfile = (folder: string): string | undefined =>
  usualNames.map((name) => join(folder, name)).find((path) => existsSync(path));

/**
 * Loads a fabfile, TypeScript or JavaScript, without a build. `fabwright` in it means this very
 * installation, wherever the file lies.
 */
export const loadFabfile = async (path: string): Promise<Result<FabfileExport, readonly Problem[]>> => {
  const file = resolve(path);
  if (!existsSync(file)) return fail([problem(`There is no fabfile ${path}.`)]);
  try {
    const { createJiti } = await import('jiti');
    const jiti = createJiti(import.meta.url, {
      // jiti's own default may be a shared temporary folder, where others could plant code.
      fsCache: await privateCache(),
      alias: { fabwright: fileURLToPath(new URL(`../index${ownExtension()}`, import.meta.url)) },
    });
    const exported = await jiti.import(file, { default: true });
    return checked(exported, path);
  } catch (thrown) {
    return fail([thrownWhileLoading(path, file, thrown)]);
  }
};

/** `.ts` from a checkout under test, `.js` from the installed package. */
const ownExtension = (): string => (import.meta.url.endsWith('.ts') ? '.ts' : '.js');

const checked = (exported: unknown, path: string): Result<FabfileExport, readonly Problem[]> => {
  if (typeof exported === 'function') return ok(exported as FabfileExport);
  if (!Array.isArray(exported))
    return fail([
      problem(`${path} has no default export with tasks.`, {
        hint: 'end it with: export default [deploy, rollback, …];',
      }),
    ]);
  return checkTasks(exported, path);
};

/** Calls what a fabfile exports where it is a function. What that throws is the fabfile's mistake. */
export const tasksFrom = async (
  exported: FabfileExport,
  settings: Readonly<Record<string, unknown>>,
  path: string,
): Promise<Result<readonly Runnable[], readonly Problem[]>> => {
  if (typeof exported !== 'function') return checkTasks(exported, path);
  try {
    const made: unknown = await exported(settings);
    return Array.isArray(made)
      ? checkTasks(made, path)
      : fail([problem(`The function that ${path} exports gives no list of tasks.`)]);
  } catch (thrown) {
    return fail([thrownWhileLoading(path, resolve(path), thrown)]);
  }
};

/** Every element must be a task or a view, and no two may have one name. */
const checkTasks = (exported: readonly unknown[], path: string): Result<readonly Runnable[], readonly Problem[]> => {
  const problems = exported.flatMap((each, index) =>
    isRunnable(each) ? [] : [problem(`Element ${index + 1} of the default export of ${path} is no task and no view.`)],
  );
  if (problems.length > 0) return fail(problems);
  const runnables = exported as readonly Runnable[];
  const names = runnables.flatMap(({ name, aliases }) => [name, ...aliases]);
  const twice = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
  return twice.length > 0
    ? fail(twice.map((name) => problem(`${path} has two tasks with the name ${name}.`)))
    : ok(runnables);
};

const isRunnable = (value: unknown): value is Runnable =>
  typeof value === 'object' && value !== null && 'kind' in value && (value.kind === 'task' || value.kind === 'view');

const thrownWhileLoading = (path: string, file: string, thrown: unknown): Problem => {
  const { message, stack } = thrown as Partial<Error>;
  const place = new RegExp(`${file.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}:(\\d+)`).exec(stack ?? '')?.[1];
  return problem(`The fabfile cannot be loaded: ${(message ?? String(thrown)).trim()}`, {
    at: { file: path, ...(place === undefined ? {} : { line: Number(place) }) },
  });
};
