import type { Host } from './host.ts';
import type { Inventory } from './inventory.ts';

/** What a host is for. A value to import, so that a misspelt role does not compile. */
export interface Role {
  readonly kind: 'role';
  readonly name: string;
  /** Inventory groups; the first that has hosts supplies them. */
  readonly groups: readonly string[];
  readonly pick: 'all' | 'first';
  /** A role without hosts is a Problem unless the role is optional. */
  readonly optional: boolean;
}

export interface RoleOptions {
  /** Inventory groups, the first non-empty one counts; default: the group named like the role. */
  readonly groups?: readonly string[];
  /** `first`: one designated host, the first in inventory order. Default `all`. */
  readonly pick?: 'all' | 'first';
  readonly optional?: boolean;
}

/** Declares a role: `role('deploy', { groups: ['deploy', 'webworkers'], pick: 'first' })`. */
export const role = (name: string, { groups = [name], pick = 'all', optional = false }: RoleOptions = {}): Role => ({
  kind: 'role',
  name,
  groups,
  pick,
  optional,
});

/** Every host of an environment, whatever its groups. */
export const everyHost: Role = role('all', { groups: ['all'] });

/** The hosts of one role, in inventory order; none when all its groups are empty or absent. */
export const hostsOfRole = (inventory: Inventory, { groups, pick }: Role): readonly Host[] => {
  const members = (group: string) => (Object.hasOwn(inventory.groups, group) ? (inventory.groups[group] ?? []) : []);
  const names = groups.map(members).find((found) => found.length > 0) ?? [];
  // The first host is the group's own first one, as Ansible's `group[0]` is.
  const wanted = new Set(pick === 'first' ? names.slice(0, 1) : names);
  return inventory.hosts.filter(({ name }) => wanted.has(name));
};

/** The union of several roles' hosts, in inventory order, each host once. */
export const hostsOfRoles = (inventory: Inventory, roles: readonly Role[]): readonly Host[] => {
  const names = new Set(roles.flatMap((each) => hostsOfRole(inventory, each).map(({ name }) => name)));
  return inventory.hosts.filter(({ name }) => names.has(name));
};
