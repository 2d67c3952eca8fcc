import type { AskOptions } from './system.ts';
import type { ProcessId } from './processes.ts';
import type { FleetState, HostState } from './state.ts';
import type { FleetOptions } from './types.ts';

/** Writes down which processes a host consists of; it may do nothing before. */
export type Record = (host: HostState, processes: readonly ProcessId[]) => void;

/** A command line of this machine that does something on a host. */
export interface Door extends AskOptions {
  readonly program: string;
  readonly words: readonly string[];
}

/** What is particular to one kind of fleet. */
export interface Driver {
  /** Takes a number and a folder, and writes down what the fleet will consist of. */
  claim(names: readonly string[], options: FleetOptions): Promise<FleetState>;
  /** Writes everything that the hosts need to boot. */
  furnish(state: FleetState, options: FleetOptions): void;
  /** Boots hosts that are down. */
  boot(state: FleetState, hosts: readonly HostState[], record: Record): Promise<void>;
  cut(state: FleetState, host: HostState): void;
  heal(state: FleetState, host: HostState): void;
  door(state: FleetState, host: HostState, command: string): Door;
  /** The controller's path of an absolute path of the host. */
  path(host: HostState, file: string): string;
}
