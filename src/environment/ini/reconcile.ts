import { addChild, ancestors, type GroupNode, type HostNode, type Tree, type Variable } from './tree.ts';

/**
 * What holds once every file is read: groups without a parent belong to `all`, hosts without a group
 * to `ungrouped`, and hosts with one do not. Throws `Malformed` where `all` itself was made a child.
 */
export const reconcile = (tree: Tree): void => {
  const [all, ungrouped] = [named(tree, 'all'), named(tree, 'ungrouped')];
  for (const group of tree.groups.values()) if (group !== all && group.parents.size === 0) addChild(all, group);
  for (const host of tree.hosts.values()) {
    const others = [...groupsOf(tree, host)].filter((group) => group !== all && group !== ungrouped);
    if (others.length > 0) ungrouped.hosts.delete(host);
    else ungrouped.hosts.add(host);
  }
};

const named = (tree: Tree, name: string): GroupNode => {
  const group = tree.groups.get(name);
  if (group === undefined) throw new Error(`The inventory has lost its group ${name}.`);
  return group;
};

/** Every group that `host` is in, directly or through children. */
export const groupsOf = (tree: Tree, host: HostNode): ReadonlySet<GroupNode> => {
  const direct = [...tree.groups.values()].filter((group) => group.hosts.has(host));
  return new Set(direct.flatMap((group) => [group, ...ancestors(group)]));
};

/**
 * The hosts of a group as Ansible orders them (`webworkers[0]` is the first): its own as written,
 * then its children's, level by level.
 */
export const membersOf = (group: GroupNode): readonly HostNode[] => {
  const groups = new Set([group]);
  for (const each of groups) each.children.forEach((child) => groups.add(child));
  return [...new Set([...groups].flatMap((each) => [...each.hosts]))];
};

/**
 * The host's variables with those of its groups: `all` first, then from the top of the tree down, at
 * one depth by ansible_group_priority and then by name; the later one wins, the host's own last.
 */
export const variablesOf = (
  host: HostNode,
  groups: ReadonlySet<GroupNode>,
  depth: Depth,
): ReadonlyMap<string, Variable> => {
  const ordered = [...groups].sort(
    (one, two) => depth(one) - depth(two) || one.priority - two.priority || (one.name < two.name ? -1 : 1),
  );
  return new Map([...ordered.flatMap(({ vars }) => [...vars]), ...host.vars]);
};

/** The length of the longest way down from `all`. */
export type Depth = (group: GroupNode) => number;

export const depths = (): Depth => {
  const known = new Map<GroupNode, number>();
  const depth: Depth = (group) => {
    const found = known.get(group) ?? Math.max(0, ...[...group.parents].map((parent) => depth(parent) + 1));
    known.set(group, found);
    return found;
  };
  return depth;
};
