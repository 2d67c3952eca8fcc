import { resolve } from 'node:path';
import type { Problem } from '../model/problem.ts';
import { everyHost } from '../model/role.ts';
import { ok, type Result } from '../model/result.ts';
import type { Runnable } from '../model/task.ts';
import { defaultTasks, generalTasks, views } from '../tasks/plain.ts';
import { findFabfile, loadFabfile, tasksFrom } from './load-fabfile.ts';

/** As a fabfile's name: ours, whatever lies in the working directory. */
export const packaged = 'packaged';

/** Looking, and running a shell line, need no fabfile: one that has such a task of its own keeps it. */
export const withBuiltIns = (own: readonly Runnable[]): readonly Runnable[] => {
  const names = new Set(own.flatMap(({ name, aliases }) => [name, ...aliases]));
  const others = [...generalTasks, ...views].filter(({ name }) => !names.has(name));
  return [...own, ...others.map((each) => ({ ...each, aliases: each.aliases.filter((alias) => !names.has(alias)) }))];
};

/** The tasks alone, for `fab -l` and `--help` where no environment is named. */
export const loadTasks = async ({
  fabfile,
  directory = process.cwd(),
}: {
  readonly fabfile?: string | undefined;
  readonly directory?: string;
}): Promise<Result<readonly Runnable[], readonly Problem[]>> => {
  const path =
    fabfile === packaged ? undefined : fabfile === undefined ? findFabfile(directory) : resolve(directory, fabfile);
  if (path === undefined) return ok(plainTasks());
  const loaded = await loadFabfile(path);
  if (!loaded.ok) return loaded;
  // A function wants an environment's settings; without one it gets none.
  const made = await tasksFrom(loaded.value, {}, path);
  return made.ok ? ok(withBuiltIns(made.value)) : made;
};

const plainTasks = (): readonly Runnable[] =>
  defaultTasks({ roles: [everyHost], build: ['true'], beforePublish: ['true'], restart: ['true'] });
