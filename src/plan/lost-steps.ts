import { hostsOfRole, hostsOfRoles } from '../model/role.ts';
import { operationsIn, type Step } from '../model/step.ts';
import type { PlanInput } from './make-plan.ts';

/** An operation that hosts which cannot be reached would have done. */
export interface LostStep {
  readonly name: string;
  readonly hosts: readonly string[];
  /** The others depend on it: it is done once for all of them, migrates, or has an answer that is asked for. */
  readonly vital: boolean;
}

/**
 * What nobody is left to do, because every host that it is for cannot be reached. Restarting a worker
 * that is down can be left out with it; a migration must not be skipped in silence.
 */
export const lostSteps = ({ task, inventory, survey }: PlanInput): readonly LostStep[] => {
  const reached = new Set(survey.hosts.map(({ host }) => host));
  const asked = new Set(askedFor(task.steps));
  return operationsIn(task.steps).flatMap((operation): readonly LostStep[] => {
    const { name, roles, once, migrates } = operation;
    const designated = roles
      .filter(({ pick }) => pick === 'first')
      .flatMap((role) => hostsOfRole(inventory, role).map((host) => host.name))
      .filter((host) => !reached.has(host));
    if (designated.length > 0) return [{ name, hosts: designated, vital: true }];
    const hosts = hostsOfRoles(inventory, roles).map((host) => host.name);
    if (hosts.length === 0 || hosts.some((host) => reached.has(host))) return [];
    return [{ name, hosts, vital: once || migrates || asked.has(name) }];
  });
};

const askedFor = (steps: readonly Step[]): readonly string[] => [
  ...operationsIn(steps).flatMap(({ needs }) => Object.values(needs).map(({ name }) => name)),
  ...steps.flatMap((step) =>
    step.kind === 'when'
      ? [step.operation.name, ...askedFor(step.steps)]
      : step.kind === 'during'
        ? askedFor(step.steps)
        : [],
  ),
];
