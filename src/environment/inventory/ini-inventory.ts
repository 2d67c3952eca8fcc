import type { Host } from '../../model/host.ts';
import type { Inventory } from '../../model/inventory.ts';
import { problem, type Problem } from '../../model/problem.ts';
import { Malformed } from '../ini/malformed.ts';
import { depths, groupsOf, membersOf, reconcile, variablesOf, type Depth } from '../ini/reconcile.ts';
import { emptyTree, type HostNode, type Tree, type Variable } from '../ini/tree.ts';
import { connectionNames, passwordNames, reachOf } from './connection.ts';
import { readIniDirectory, readIniFile } from './ini-files.ts';
import type { InventoryReading, LoginDefaults } from './readings.ts';

const notVariables = new Set([...connectionNames, ...passwordNames]);

/** Reads `inventory.ini`, or an `inventory/` directory of such files, as Ansible would. */
export const readIniInventory = async (
  path: string,
  kind: 'file' | 'directory',
  defaults: LoginDefaults,
): Promise<InventoryReading> => {
  const tree = emptyTree();
  const files = await (kind === 'file' ? readIniFile(path, tree) : readIniDirectory(path, tree));
  const circle = reconciled(tree, path);
  const depth = depths();
  const hosts = allHosts(tree).map((node) => hostOf(tree, node, depth, defaults));
  return {
    value: { hosts: hosts.map(({ host }) => host), groups: groupTable(tree) },
    problems: [...files.problems, ...circle, ...unique(hosts.flatMap(({ problems }) => problems))],
    notices: [...files.notices, ...passwordNotices(tree), ...sharedNames(tree)],
  };
};

const reconciled = (tree: Tree, file: string): readonly Problem[] => {
  try {
    reconcile(tree);
    return [];
  } catch (error) {
    if (error instanceof Malformed) return [problem(error.message, { at: { file } })];
    throw error;
  }
};

/** In the order in which the files first name them; a host that ended up in no group at all is none. */
const allHosts = (tree: Tree): readonly HostNode[] => {
  const all = tree.groups.get('all');
  const members = new Set(all === undefined ? [] : membersOf(all));
  return [...tree.hosts.values()].filter((host) => members.has(host));
};

const hostOf = (
  tree: Tree,
  node: HostNode,
  depth: Depth,
  defaults: LoginDefaults,
): { host: Host; problems: readonly Problem[] } => {
  const groups = groupsOf(tree, node);
  const variables = variablesOf(node, groups, depth);
  const { problems, sshArguments: own, address, ...reach } = reachOf(node.name, variables);
  const sshArguments = [...defaults.sshArguments, ...own];
  const host: Host = {
    name: node.name,
    address: address ?? node.name,
    ...(defaults.user === undefined ? {} : { user: defaults.user }),
    ...reach,
    ...(sshArguments.length === 0 ? {} : { sshArguments }),
    groups: [...groups]
      .map(({ name }) => name)
      .filter((name) => name !== 'all' && name !== 'ungrouped')
      .sort(),
    vars: plain(variables),
  };
  return { host, problems };
};

const plain = (variables: ReadonlyMap<string, Variable>): Readonly<Record<string, unknown>> =>
  Object.fromEntries([...variables].filter(([key]) => !notVariables.has(key)).map(([key, { value }]) => [key, value]));

const groupTable = (tree: Tree): Inventory['groups'] =>
  Object.fromEntries([...tree.groups.values()].map((group) => [group.name, membersOf(group).map(({ name }) => name)]));

/** One wrong line under `[all:vars]` is one problem, not one for each host. */
const unique = (problems: readonly Problem[]): readonly Problem[] => {
  const place = ({ at, sentence }: Problem) =>
    at?.line === undefined ? sentence : `${at.file}:${at.line} ${sentence.split(' ')[0] ?? ''}`;
  return [...new Map([...problems].reverse().map((each) => [place(each), each])).values()].reverse();
};

const passwordNotices = (tree: Tree): readonly string[] => {
  const places = [...tree.hosts.values(), ...tree.groups.values()].flatMap(({ vars }) =>
    passwordNames.flatMap((name) => {
      const at = vars.get(name)?.at;
      return at === undefined
        ? []
        : [`${at.file}:${at.line ?? 1}: ${name} is ignored: logins are by key, sudo without a password.`];
    }),
  );
  return [...new Set(places)];
};

const sharedNames = (tree: Tree): readonly string[] =>
  [...tree.hosts.values()]
    .filter(({ name, vars }) => tree.groups.has(name) && vars.size === 0 && (tree.groups.get(name)?.vars.size ?? 0) > 0)
    .filter(({ name }) => (tree.groups.get(name)?.hosts.size ?? 0) > 1)
    .map(
      ({ name, at }) =>
        `${at.file}:${at.line ?? 1}: ${name} is a host and a group; variables given to it go to the group, as in Ansible.`,
    );
