import type { FleetHost } from '../../../tests/fleet/index.ts';
import type { CommandLine } from '../../measure/controller.ts';
import type { Records } from '../checker.ts';

/** A host as the tools reach it: by itself, or through a relay. */
export type Reached = Pick<FleetHost, 'name' | 'address' | 'port' | 'user'>;

/** What a tool is given to deploy with. */
export interface Place {
  /** An empty folder of its own on this machine; its home directory. */
  readonly folder: string;
  readonly hosts: readonly Reached[];
  /** For the system's ssh client. */
  readonly sshConfig: string;
  readonly keyFile: string;
  /** The hosts' keys, as the text of a known_hosts file. */
  readonly knownHosts: string;
  /** The repository, for hosts and for this machine. */
  readonly url: string;
  /** Where it deploys to, on every host. */
  readonly root: string;
}

/** A deploy that is ready to be run, again and again. */
export interface Ready extends Pick<CommandLine, 'program' | 'words'> {
  /** Besides HOME; where it is to run is the place's folder. */
  readonly env?: Readonly<Record<string, string>>;
}

/** One of the tools that are compared. */
export interface Tool {
  /** As `--tools` has it. */
  readonly name: string;
  /** As the tables have it, with what is not its default. */
  readonly title: string;
  readonly records: Records;
  /** Its version; nothing where it is not installed. */
  version(): string | undefined;
  /** Writes what the tool needs. `deploy` is called with the commit for each run, then run. */
  prepare(place: Place): (commit: string) => Ready;
}
