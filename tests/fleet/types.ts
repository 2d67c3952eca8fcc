/** How the hosts of a fleet are kept apart: by port and home only, or as whole machines. */
export type FleetKind = 'loopback' | 'namespaces';

/** A login of a namespace host. Its home is `/home/<name>` and it takes the fleet's key. */
export interface FleetUser {
  readonly name: string;
  readonly uid: number;
}

/** A file that a namespace host has before it boots. Below `/home/<user>` it belongs to that user, elsewhere to root. */
export interface HostFile {
  /** Its absolute path on the host. */
  readonly path: string;
  readonly text: string;
  readonly mode?: number;
}

/** A host that does not run yet. */
export interface PlannedHost {
  readonly name: string;
  readonly address: string;
}

export interface FleetOptions {
  readonly kind: FleetKind;
  /** How many (`web1`, `web2`, …), or their names. */
  readonly hosts: number | readonly string[];
  /** Further lines for sshd_config. They come first, so they win: `MaxSessions 1`, `UsePAM yes` … */
  readonly sshd?: readonly string[];
  /** Namespaces only; the first one logs in, or root where there are none. Default: `deploy` (2000) and `cchq` (2001). */
  readonly users?: readonly FleetUser[];
  /** Namespaces only: the whole of `/etc/sudoers.d/fleet`. Default: `deploy` may do everything, unasked. */
  readonly sudoers?: string;
  /** Namespaces only: `/home` is a file system of its own, with this many bytes. */
  readonly homeBytes?: number;
  /** Namespaces only: `/home` is a file system of its own, with this many inodes. */
  readonly homeInodes?: number;
  /** Namespaces only: folders of overlay layers between this machine's root and what is the hosts' own, topmost first. */
  readonly layers?: readonly string[];
  /**
   * Namespaces only: what a host has of its own before it boots. An executable `/etc/fleet/boot` is started
   * at every boot besides sshd, and ends with the host.
   */
  readonly files?: (host: PlannedHost, all: readonly PlannedHost[]) => readonly HostFile[];
  /** Namespaces only: one directory that all hosts see at `/mnt/shared`, as they would see one of an NFS server. */
  readonly sharedDirectory?: boolean;
  /** Leave the fleet running when this process ends; only `down` takes it away. */
  readonly keep?: boolean;
}

/** What a command said and how it ended: 128 + n for signal n, as a shell counts. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface FleetHost {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Who logs in. */
  readonly user: string;
  readonly home: string;
  /** Runs a shell line on the host without ssh: as root in its home (namespaces), as the user in `home` (loopback). */
  exec(command: string): Promise<Answer>;
  /**
   * Where this process finds a file of the host, also while the host is dead or cut. Relative paths
   * are in `home`. An absolute link inside a namespace host points elsewhere when followed from here.
   */
  path(file: string): string;
  /** Everything its sshd wrote, over all its boots. */
  log(): string;
  /** Logins so far. */
  connections(): number;
  /** Commands, shells and subsystems started so far. */
  sessions(): number;
  alive(): boolean;
  /** Ends every process of the host at once, as a crash would. Its files stay. */
  kill(): Promise<void>;
  /** Silence in both directions: nothing is closed, nothing is refused, what runs goes on. */
  cut(): Promise<void>;
  heal(): Promise<void>;
  /** Kills what is left of it and boots it again with the files it had (`/tmp` and `/run` start empty). */
  restart(): Promise<void>;
}

export interface EnvironmentOptions {
  /** Group name → names of hosts. Default: `webworkers`, all hosts. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /** fab-settings.yml. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Inventory variables of every host (`[all:vars]`). */
  readonly vars?: Readonly<Record<string, string | number>>;
}

export interface Fleet {
  readonly kind: FleetKind;
  /** Everything the fleet has on this machine's disk. */
  readonly folder: string;
  readonly hosts: readonly FleetHost[];
  /** Where the hosts reach this machine. */
  readonly controller: string;
  /** The private key that every login of every host takes. */
  readonly keyFile: string;
  /** For the system's client: `ssh -F <this file> web1`. */
  readonly sshConfig: string;
  /** The hosts' keys, as the text of a known_hosts file. */
  readonly knownHosts: string;
  /** The host of this name; throws when there is none. */
  host(name: string): FleetHost;
  /** Writes `<environments>/<name>/` with inventory.ini, known_hosts and fab-settings.yml; returns that folder. */
  writeEnvironment(environments: string, name: string, options?: EnvironmentOptions): string;
  /** Takes everything away. Twice is fine. */
  stop(): Promise<void>;
}
