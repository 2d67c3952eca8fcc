import type { Clock } from './clock.ts';
import type { Chance } from './chance.ts';
import { Disk } from './disk.ts';
import type { Watch } from './watch.ts';

/** A program that runs on a host, tied to a channel. */
export interface SimProcess {
  /** Bytes on its standard input. */
  hear(text: string): void;
  /** The end of its input: the connection is gone, or the other side has closed it. */
  inputEnds(): void;
  /** With its host, or alone. */
  kill(): void;
}

/** Faults of a keeper that the watch must notice, or it could not notice anything. */
export type Planted = 'keeps its lock for ever' | 'writes no records' | 'does not rename' | 'undoes at its end';

/** Who has a lock: it goes with its owner's end. */
export interface Owner {
  readonly name: string;
}

export const rootOf = (host: string): string => `/srv/${host}`;

/** One host: its disk, what runs on it, who holds its locks. */
export class SimHost {
  readonly name: string;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly watch: Watch;
  readonly disk = new Disk();
  readonly locks = new Map<string, Owner>();
  readonly processes = new Set<SimProcess>();
  /** Told when a lock is free again: commands that are tied to it end. */
  readonly onFree = new Map<string, Set<() => void>>();
  /** Commands that hold `.fab/work`. */
  readonly working = new Set<object>();
  isUp = true;
  /** How many renames of `current` it refuses from now on. */
  refusals = 0;
  /** The next restart of its services. */
  failsToRestart = false;
  boots = 1;
  /** What its services run: what `current` showed when they were started last. */
  serves: string | undefined;
  /** A fault that its keepers have. */
  planted: Planted | undefined;

  constructor(name: string, clock: Clock, chance: Chance, watch: Watch) {
    this.name = name;
    this.clock = clock;
    this.chance = chance;
    this.watch = watch;
    this.disk.make('releases');
    this.disk.make('.fab');
  }

  free(path: string, owner: Owner): void {
    if (this.locks.get(path) !== owner) return;
    this.locks.delete(path);
    for (const tell of [...(this.onFree.get(path) ?? [])]) tell();
  }

  /** Power off: everything that runs is gone, the disk stays. */
  crash(): void {
    this.isUp = false;
    for (const process of [...this.processes]) process.kill();
    this.working.clear();
  }

  boot(): void {
    this.isUp = true;
    this.boots += 1;
    this.serves = this.disk.current;
  }

  /** Whether this is the first moment that this release is shown here. */
  show(target: string | undefined): void {
    this.disk.current = target;
    this.watch.shows(this);
  }
}
