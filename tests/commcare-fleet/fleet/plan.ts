import { basename, dirname } from 'node:path';
import { readEnvironment, type Environment } from '../../../src/environment/index.ts';
import { problemText } from '../../../src/model/problem.ts';

/** What one host of the fleet is for, and what it needs to know of the others. */
export interface Place {
  readonly name: string;
  readonly groups: readonly string[];
}

/** The fleet as its environment folder describes it. */
export interface FleetPlan {
  readonly environment: Environment;
  readonly hosts: readonly Place[];
  /** The root on every host: `/home/cchq/www/fleet`. */
  readonly root: string;
  /** The user that releases belong to. */
  readonly user: string;
  readonly webPort: number;
  /** The first host of a group. */
  first(group: string): string;
  all(group: string): readonly string[];
}

/** Reads the folder with the project's own reader; throws with every problem that it has. */
export const readPlan = async (folder: string): Promise<FleetPlan> => {
  const read = await readEnvironment({ directory: dirname(folder), name: basename(folder) });
  if (!read.ok) throw new Error(read.failure.map(problemText).join('\n'));
  const environment = read.value;
  const { inventory, settings, processes } = environment;
  const user = settings.sudo_user ?? 'deploy';
  const all = (group: string): readonly string[] => inventory.groups[group] ?? [];
  return {
    environment,
    hosts: inventory.hosts.map(({ name }) => ({
      name,
      groups: Object.keys(inventory.groups).filter((group) => all(group).includes(name)),
    })),
    root: settings.root.replace(/^~/, `/home/${user}`),
    user,
    webPort: Number(processes?.other['django_port'] ?? 9010),
    all,
    first: (group) => {
      const [host] = all(group);
      if (host === undefined) throw new Error(`The inventory has no host in the group ${group}.`);
      return host;
    },
  };
};
