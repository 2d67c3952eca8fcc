import { problem, type Problem } from '../model/problem.ts';
import type { AnyOperation } from '../model/operation.ts';
import type { PlanInput } from './make-plan.ts';
import type { Plan, PlannedStep, PlanNode } from './plan.ts';
import { plannedSteps } from './planned-steps.ts';

/**
 * A durable step outlives its run. The same step in another release is another process: two migrations at a time are
 * refused, two of what only builds or reads are told.
 */
export const runningBeside = (
  { task, survey, environment }: PlanInput,
  { nodes, release }: Plan,
): { readonly problems: readonly Problem[]; readonly notices: readonly string[] } => {
  const ahead = operationsAhead(nodes, plannedSteps(nodes));
  const found = [...new Set(ahead)]
    .filter(({ detached }) => detached !== undefined)
    .flatMap((operation) => runningOf(operation, survey.hosts, release?.id));
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

/** What this run has still to do, without what an earlier one has decided against. */
const operationsAhead = (nodes: readonly PlanNode[], all: readonly PlannedStep[]): readonly AnyOperation[] =>
  nodes.flatMap((node): readonly AnyOperation[] => {
    if (node.kind === 'during') return operationsAhead(node.nodes, all);
    if (node.kind === 'when') {
      const [decided] = Object.values(all.find(({ id }) => id === node.decidedBy)?.done ?? {});
      return decided !== undefined && !node.is(decided) ? [] : operationsAhead(node.nodes, all);
    }
    return plannedSteps([node]).flatMap(({ step, hosts, done }) =>
      step.kind === 'operation' && hosts.some((host) => done[host] === undefined) ? [step] : [],
    );
  });

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
  ours: string | undefined,
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
