import { problem, type Problem } from '../model/problem.ts';
import type { AnyOperation } from '../model/operation.ts';
import type { ReleaseId } from '../model/release.ts';
import { operationsIn } from '../model/step.ts';
import type { PlanInput } from './make-plan.ts';

/**
 * A durable step outlives its run. The same step in another release is another process: two migrations at a time are
 * refused, two of what only builds or reads are told.
 */
export const runningBeside = (
  { task, survey, environment }: PlanInput,
  release: ReleaseId | undefined,
): { readonly problems: readonly Problem[]; readonly notices: readonly string[] } => {
  const durable = operationsIn(task.steps).filter(({ detached }) => detached !== undefined);
  const found = durable.flatMap((operation) => runningOf(operation, survey.hosts, release));
  return {
    problems: found
      .filter(({ migrates }) => migrates)
      .map(({ step, name, host }) =>
        problem(`${step} of ${name} still runs on ${host}, and ${task.name} would run it a second time beside it.`, {
          hint: `see it: fab ${environment} attach ${step}; end it: fab ${environment} cancel ${step}; go on with it: fab ${environment} ${task.name} --resume ${name}`,
        }),
      ),
    notices: found
      .filter(({ migrates }) => !migrates)
      .map(({ step, name, host }) => `${step} of ${name} still runs on ${host}; this run has its own beside it.`),
  };
};

interface Running {
  readonly step: string;
  /** Of the release that it runs in. */
  readonly name: string;
  readonly host: string;
  readonly migrates: boolean;
}

const runningOf = (
  { name: operation, migrates }: AnyOperation,
  hosts: PlanInput['survey']['hosts'],
  ours: ReleaseId | undefined,
): readonly Running[] =>
  hosts.flatMap(({ host, releases }) =>
    releases
      .filter(({ name }) => name !== ours)
      .flatMap(({ name, steps = [] }) =>
        steps
          // A task may have it twice; the second one is `#2`.
          .filter(({ step, state }) => state === 'running' && step.replace(/#\d+$/, '') === operation)
          .map(({ step }) => ({ step, name, host, migrates })),
      ),
  );
