import { problem, type Problem } from '../model/problem.ts';
import type { Survey } from '../model/survey.ts';
import type { Task } from '../model/task.ts';

/**
 * A resume skips what the journals have under a step's name. When the task is composed differently
 * now, those names may stand for something else, so nothing is skipped on a guess.
 */
export const changedSteps = (
  task: Task,
  { hosts }: Survey,
  release: string,
  now: readonly string[],
): readonly Problem[] => {
  const then = hosts
    .flatMap(({ releases }) => releases.filter(({ name }) => name === release).map(({ record }) => record))
    .find((record) => record?.task === task.name)?.steps;
  if (then === undefined || then.length === 0 || then.join('\n') === now.join('\n')) return [];
  const differences = [
    ...listed(
      'new',
      now.filter((step) => !then.includes(step)),
    ),
    ...listed(
      'gone',
      then.filter((step) => !now.includes(step)),
    ),
  ];
  return [
    problem(
      `The steps of ${task.name} have changed since ${release} was begun: ${differences.length === 0 ? 'they have another order' : differences.join('; ')}.`,
      { hint: 'start a new release without --resume, or resume with the fabfile it was begun with' },
    ),
  ];
};

const listed = (kind: string, steps: readonly string[]): readonly string[] =>
  steps.length === 0 ? [] : [`${kind} ${steps.length === 1 ? 'is' : 'are'} ${steps.join(', ')}`];
