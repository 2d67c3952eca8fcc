import type { Location } from '../../model/problem.ts';
import { Malformed } from './malformed.ts';

/** A variable's value and where it was written. */
export interface Variable {
  readonly value: unknown;
  readonly at: Location;
}
export type Variables = Map<string, Variable>;

/** A host as the files name it, before its groups' variables are merged in. */
export interface HostNode {
  readonly name: string;
  readonly at: Location;
  readonly vars: Variables;
}

/** A group with its own hosts and its children, in the order in which they were written. */
export interface GroupNode {
  readonly name: string;
  readonly hosts: Set<HostNode>;
  readonly children: Set<GroupNode>;
  readonly parents: Set<GroupNode>;
  readonly vars: Variables;
  priority: number;
}

/** What the files of one inventory have said so far; filled line by line. */
export interface Tree {
  readonly hosts: Map<string, HostNode>;
  readonly groups: Map<string, GroupNode>;
}

export const addGroup = (tree: Tree, name: string): GroupNode => {
  const known = tree.groups.get(name);
  if (known !== undefined) return known;
  const group: GroupNode = {
    name,
    hosts: new Set(),
    children: new Set(),
    parents: new Set(),
    vars: new Map(),
    priority: 1,
  };
  tree.groups.set(name, group);
  return group;
};

/** An inventory without hosts: `all`, and `ungrouped` in it. */
export const emptyTree = (): Tree => {
  const tree: Tree = { hosts: new Map(), groups: new Map() };
  addChild(addGroup(tree, 'all'), addGroup(tree, 'ungrouped'));
  return tree;
};

/** Adds a host to a group. A port counts only where the host is named first, as in Ansible. */
export const addHost = (tree: Tree, group: GroupNode, name: string, port: number | undefined, at: Location): void => {
  if (name === '') throw new Malformed('A host has an empty name.');
  const known = tree.hosts.get(name);
  const host = known ?? { name, at, vars: new Map<string, Variable>() };
  if (known === undefined && port !== undefined && port !== 0) host.vars.set('ansible_port', { value: port, at });
  tree.hosts.set(name, host);
  group.hosts.add(host);
};

/** Every group above `group`, through any number of levels. */
export const ancestors = (group: GroupNode): ReadonlySet<GroupNode> => {
  const seen = new Set<GroupNode>(group.parents);
  for (const parent of seen) parent.parents.forEach((above) => seen.add(above));
  return seen;
};

/** Makes `child` a child of `parent`. Throws `Malformed` where that would close a circle. */
export const addChild = (parent: GroupNode, child: GroupNode): void => {
  if (parent === child) throw new Malformed(`The group ${parent.name} cannot be its own child.`);
  if (ancestors(parent).has(child)) {
    throw new Malformed(
      `The group ${child.name} cannot be a child of ${parent.name}: ${parent.name} is already below ${child.name}.`,
    );
  }
  parent.children.add(child);
  child.parents.add(parent);
};

/**
 * Sets a variable of a group or, where no group has that name, of a host: a host that shares its name
 * with a group gives its variables to the group, as in Ansible.
 */
export const setVariable = (tree: Tree, name: string, key: string, variable: Variable): void => {
  const group = tree.groups.get(name);
  if (group !== undefined && key === 'ansible_group_priority') {
    group.priority = priorityOf(variable.value);
    return;
  }
  (group ?? tree.hosts.get(name))?.vars.set(key, variable);
};

const priorityOf = (value: unknown): number => {
  const priority = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number(value ?? NaN);
  if (Number.isNaN(priority))
    throw new Malformed(`ansible_group_priority must be a whole number, not ${JSON.stringify(value)}.`);
  return Math.trunc(priority);
};
