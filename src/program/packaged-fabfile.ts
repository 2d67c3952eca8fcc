import type { Environment } from '../environment/index.ts';
import type { Runnable } from '../model/task.ts';
import { everyHost, role } from '../model/role.ts';
import { defaultTasks } from '../tasks/plain.ts';

/**
 * The tasks of an environment without a fabfile: `defaultTasks` over its settings. Code goes to the
 * groups in `roles`, else to every host that is in a group.
 */
export const packagedFabfile = ({ settings, inventory }: Environment): readonly Runnable[] => {
  const grouped = Object.keys(inventory.groups).filter((group) => group !== 'all' && group !== 'ungrouped');
  const groups = settings.roles.length > 0 ? settings.roles : grouped;
  return defaultTasks({
    // Each group is a role of its own, and none must have hosts: the settings say what there is.
    roles:
      groups.length === 0 ? [everyHost] : groups.map((group) => role(group, { optional: settings.roles.length === 0 })),
    build: settings.build,
    beforePublish: settings.before_publish,
    restart: settings.restart,
    batch: settings.batch,
    ...(settings.restart_as === undefined ? {} : { restartAs: settings.restart_as }),
    ...(settings.health_url === undefined
      ? {}
      : { healthUrl: settings.health_url, healthWithin: settings.health_within }),
  });
};
