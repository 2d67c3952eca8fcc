import { lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProcessId } from './processes.ts';
import type { FleetKind } from './types.ts';

/** One host, as far as another process needs to know it. */
export interface HostState {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly home: string;
  /** The host's files, its log and its keys. */
  readonly folder: string;
  /** What started it and what it is: ending these ends the host. */
  readonly processes: readonly ProcessId[];
}

/**
 * What a fleet has on this machine, so that any later process can take it away: `state.json` in the
 * fleet's folder. A host does nothing before it stands here.
 */
export interface FleetState {
  readonly id: number;
  readonly kind: FleetKind;
  readonly folder: string;
  /** Whose fleet it is; nobody's when it was started to be kept. */
  readonly owner: ProcessId | null;
  /** Where the hosts reach this machine. */
  readonly controller: string;
  /** Namespaces: the bridge, then the hosts' ends. */
  readonly links: readonly string[];
  readonly hosts: readonly HostState[];
}

const stateFile = (folder: string): string => join(folder, 'state.json');

/** All fleets of this user, one folder each. */
export const registry = (): string => {
  const uid = process.getuid?.() ?? 0;
  const folder = join(tmpdir(), `fabwright-fleets-${uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== uid) throw new Error(`${folder} is not a folder of ours; remove it`);
  return folder;
};

const isTaken = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EEXIST';

/** A folder for a new fleet; its name is the fleet's number, the first one free in the range. */
export const claim = (first: number, last: number): { readonly id: number; readonly folder: string } => {
  const all = registry();
  for (let id = first; id <= last; id += 1) {
    const folder = join(all, String(id));
    try {
      mkdirSync(folder, { mode: 0o700 });
      return { id, folder };
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
  throw new Error(`no free number for a fleet up to ${last}: see ${all}`);
};

export const save = (state: FleetState): void => {
  const next = `${stateFile(state.folder)}.new`;
  writeFileSync(next, JSON.stringify(state, null, 2));
  renameSync(next, stateFile(state.folder));
};

/** The state in `folder`, or nothing where there is none (any more). */
export const read = (folder: string): FleetState | undefined => {
  try {
    return JSON.parse(readFileSync(stateFile(folder), 'utf8')) as FleetState;
  } catch {
    return undefined;
  }
};
