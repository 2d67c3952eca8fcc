import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Malformed } from '../../src/environment/ini/malformed.ts';
import { depths, groupsOf, membersOf, reconcile, variablesOf } from '../../src/environment/ini/reconcile.ts';
import { emptyTree } from '../../src/environment/ini/tree.ts';
import { readIniDirectory, readIniFile } from '../../src/environment/inventory/ini-files.ts';

/** What `ansible-inventory --list` said about an inventory. */
export type Recorded =
  | { readonly ansible: string; readonly error: true }
  | {
      readonly ansible: string;
      readonly error?: false;
      readonly groups: Readonly<
        Record<string, { readonly hosts?: readonly string[]; readonly children?: readonly string[] }>
      >;
      readonly hostvars: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    };

/** An inventory as both sides can say it: groups without hosts left out, names sorted. */
export type Comparable =
  | 'error'
  | {
      readonly groups: Readonly<Record<string, readonly string[]>>;
      readonly hostvars: Readonly<Record<string, unknown>>;
    };

const folder = fileURLToPath(new URL('inventories/', import.meta.url));

export const corpusNames = readdirSync(folder).sort();
export const recorded = (name: string): Recorded =>
  JSON.parse(readFileSync(join(folder, name, 'expected.json'), 'utf8')) as Recorded;

export const sourceOf = (name: string): { path: string; kind: 'file' | 'directory' } => {
  const file = join(folder, name, 'inventory.ini');
  return existsSync(file) ? { path: file, kind: 'file' } : { path: join(folder, name, 'inventory'), kind: 'directory' };
};

/** Flattens a recording: every group with all the hosts below it. */
export const comparableRecording = (recording: Recorded): Comparable => {
  if (recording.error === true) return 'error';
  const below = (name: string): readonly string[] => {
    const group = recording.groups[name];
    return [...(group?.hosts ?? []), ...(group?.children ?? []).flatMap(below)];
  };
  const groups = Object.keys(recording.groups).map((name) => [name, [...new Set(below(name))].sort()] as const);
  const hosts = groups.find(([name]) => name === 'all')?.[1] ?? [];
  return {
    groups: Object.fromEntries(groups.filter(([, members]) => members.length > 0)),
    // A host without variables is left out of the recording.
    hostvars: Object.fromEntries(hosts.map((host) => [host, recording.hostvars[host] ?? {}])),
  };
};

/** Our own reading of an inventory, with every variable still in place. */
export const comparableReading = async (name: string): Promise<Comparable> => {
  const tree = emptyTree();
  const { path, kind } = sourceOf(name);
  const { problems } = await (kind === 'file' ? readIniFile(path, tree) : readIniDirectory(path, tree));
  try {
    reconcile(tree);
  } catch (error) {
    if (error instanceof Malformed) return 'error';
    throw error;
  }
  if (problems.length > 0) return 'error';
  const groups = [...tree.groups.values()].map(
    (group) =>
      [
        group.name,
        membersOf(group)
          .map((host) => host.name)
          .sort(),
      ] as const,
  );
  const all = new Set(groups.find(([group]) => group === 'all')?.[1]);
  const hosts = [...tree.hosts.values()].filter((host) => all.has(host.name));
  const varsOf = (host: (typeof hosts)[number]) =>
    Object.fromEntries([...variablesOf(host, groupsOf(tree, host), depths())].map(([key, { value }]) => [key, value]));
  return {
    groups: Object.fromEntries(groups.filter(([, members]) => members.length > 0)),
    hostvars: Object.fromEntries(hosts.map((host) => [host.name, varsOf(host)])),
  };
};
