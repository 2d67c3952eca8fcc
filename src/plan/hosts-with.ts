import type { Inventory } from '../model/inventory.ts';
import { hostsOfRole } from '../model/role.ts';
import { operationsIn } from '../model/step.ts';
import type { Task } from '../model/task.ts';

/** The hosts on which some step reads a setting: those that code, or shared files, go to. */
export const hostsWith = (task: Task, inventory: Inventory, setting: string): readonly string[] =>
  operationsIn(task.steps)
    .filter(({ settings }) => settings[setting] !== undefined)
    .flatMap(({ roles }) => roles.flatMap((role) => hostsOfRole(inventory, role).map(({ name }) => name)));
