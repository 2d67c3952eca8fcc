import type { Task } from '../model/task.ts';

/** The lock that a run takes: `--during-deploy` goes without, beside the run that holds it. */
export const lockOf = ({
  task,
  params,
}: {
  readonly task: Task;
  readonly params: Readonly<Record<string, unknown>>;
}): Task['lock'] => (params['during_deploy'] === true ? 'none' : task.lock);
