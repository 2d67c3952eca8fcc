import { hostsOfRole, type Role } from '../model/role.ts';
import { engineStepsIn, operationsIn } from '../model/step.ts';
import type { Runnable } from '../model/task.ts';
import type { Loaded } from '../program/load.ts';
import type { CommandShape } from './argv/shape.ts';
import { environmentText } from './help.ts';

/** Every role that some task uses, once. */
export const rolesIn = (runnables: readonly Runnable[]): readonly Role[] => {
  const roles = runnables.flatMap((each) =>
    each.kind === 'view'
      ? each.roles
      : [
          ...operationsIn(each.steps).flatMap((operation) => operation.roles),
          ...engineStepsIn(each.steps).flatMap((step) => step.roles),
        ],
  );
  return [...new Map(roles.map((role) => [role.name, role])).values()];
};

/** `fab prod`: hosts, roles and tasks, without a connection. */
export const overview = (
  { environment, runnables }: Loaded,
  tasks: readonly CommandShape[],
  width: number | undefined,
): string =>
  environmentText(
    {
      name: environment.name,
      hosts: environment.inventory.hosts.map(({ name, groups }) => ({ name, groups })),
      roles: rolesIn(runnables).map((role) => ({
        name: role.name,
        hosts: hostsOfRole(environment.inventory, role).map(({ name }) => name),
      })),
      tasks,
    },
    width === undefined ? {} : { width },
  );
