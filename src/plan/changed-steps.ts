import { problem, type Problem } from '../model/problem.ts';
import type { Survey } from '../model/survey.ts';
import type { Task } from '../model/task.ts';
import { stepIds, plannedSteps } from './planned-steps.ts';
import type { PlanNode } from './plan.ts';

/**
 * A resume skips what the journals have under a step's name. When the task is composed differently
 * now, those names may stand for something else: nothing is skipped on a guess, a person decides.
 * The answer is one sentence for each thing to know, or nothing when the steps are the same.
 */
export const changedSteps = (
  task: Task,
  { hosts }: Survey,
  release: string,
  nodes: readonly PlanNode[],
): readonly string[] => {
  const now = stepIds(nodes);
  const then = hosts
    .flatMap(({ releases }) => releases.filter(({ name }) => name === release).map(({ record }) => record))
    .find((record) => record?.task === task.name)?.steps;
  if (then === undefined || then.length === 0 || then.join('\n') === now.join('\n')) return [];
  const added = now.filter((step) => !then.includes(step));
  const gone = then.filter((step) => !now.includes(step));
  const skipped = plannedSteps(nodes)
    .filter(({ hosts: on, done }) => on.length > 0 && on.every((host) => done[host] !== undefined))
    .map(({ id }) => id);
  return [
    `The steps of ${task.name} have changed since ${release} was begun.`,
    ...(added.length === 0 ? [] : [`New, and will be done: ${added.join(', ')}.`]),
    ...(gone.length === 0 ? [] : [`Gone, and will not be done: ${gone.join(', ')}.`]),
    ...(added.length === 0 && gone.length === 0 ? ['They have another order.'] : []),
    skipped.length === 0
      ? 'No step is finished on all its hosts yet.'
      : `Finished under the same name, and will be skipped: ${skipped.join(', ')}.`,
  ];
};

/** As the problem that stops a resume which was not told to go on. */
export const changedStepsProblem = (sentences: readonly string[]): readonly Problem[] =>
  sentences.length === 0
    ? []
    : [
        problem(sentences.join(' '), {
          hint: 'go on with the steps as they are now: --changed-steps; or start a new release without --resume',
        }),
      ];
