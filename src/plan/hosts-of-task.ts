import type { Inventory } from '../model/inventory.ts';
import { hostsOfRoles, type Role } from '../model/role.ts';
import { engineStepsIn, operationsIn, type Step } from '../model/step.ts';
import type { Task } from '../model/task.ts';

/** What a task is limited to: what was typed, else the hosts it is for unless --all-hosts is given. */
export const limitOf = (
  { narrowTo }: Task,
  inventory: Inventory,
  { typed, allHosts }: { readonly typed: readonly string[] | undefined; readonly allHosts: boolean },
): readonly string[] | undefined =>
  typed ??
  (narrowTo === undefined || allHosts ? undefined : hostsOfRoles(inventory, [narrowTo]).map(({ name }) => name));

/** The hosts of a task, before anything is asked of them: the union of its steps' roles. */
export const hostsOfTask = (
  task: Task,
  inventory: Inventory,
  limit: readonly string[] | undefined,
): readonly string[] =>
  hostsOfRoles(inventory, rolesIn(task.steps))
    .map(({ name }) => name)
    .filter((name) => limit === undefined || limit.includes(name));

const rolesIn = (steps: readonly Step[]): readonly Role[] => [
  ...operationsIn(steps).flatMap(({ roles, uses }) => [...roles, ...uses]),
  ...engineStepsIn(steps).flatMap(({ roles }) => roles),
];
