import type { Inventory } from '../model/inventory.ts';
import { hostsOfRoles } from '../model/role.ts';
import { engineStepsIn } from '../model/step.ts';
import type { HostSurvey, Survey } from '../model/survey.ts';
import type { Task } from '../model/task.ts';

interface Asked {
  readonly task: Task;
  readonly inventory: Inventory;
}

/** The names of the hosts that a task publishes on, reached or not, in inventory order. */
export const releaseHostNames = ({ task, inventory }: Asked): readonly string[] =>
  hostsOfRoles(
    inventory,
    engineStepsIn(task.steps)
      .filter(({ action }) => action === 'publish')
      .flatMap(({ roles }) => roles),
  ).map(({ name }) => name);

/** Those of them that were surveyed. */
export const releaseHostsOf = (asked: Asked & { readonly survey: Survey }): readonly HostSurvey[] => {
  const names = releaseHostNames(asked);
  return asked.survey.hosts.filter(({ host }) => names.includes(host));
};
