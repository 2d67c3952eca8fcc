import type { Fleet } from '../fleet/index.ts';
import type { Ambush, Point, Side } from './point.ts';
import type { FaultName } from './faults.ts';
import type { Version } from './application.ts';

export const taskNames = ['deploy', 'rollback', 'hotfix_deploy', 'clean_releases', 'setup_release'] as const;
export type TaskName = (typeof taskNames)[number];

export interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly text: string;
  readonly seconds: number;
}

/** One run of a tool's controller. */
export interface Controller {
  /** Every process of it on this machine. */
  pids(): readonly number[];
  /** Stands at the ambush now; false when it ended without coming by. */
  readonly reached: Promise<boolean>;
  /** Lets it go on from the ambush. */
  go(): void;
  readonly ended: Promise<Ended>;
}

/** A release by name and by what must be in it. */
export interface Known {
  readonly name: string;
  readonly version: Version;
}

/** What a task starts from and what it should lead to, on every host. */
export interface Goal {
  readonly old: Known;
  /** Undefined where the task makes a release: then it is one that was not there before. */
  readonly newName: string | undefined;
  /** What is in a release that is made now. */
  readonly newVersion: Version;
  /** Whether `current` shall lead to the new one. */
  readonly publishes: boolean;
  /** The releases that were there before. */
  readonly known: readonly Known[];
  /** Those of them that must be there whatever happens, by name. */
  readonly precious: readonly string[];
  /** Those that the task shall delete, by name. */
  readonly doomed: readonly string[];
}

/** Some hosts and a controller in front of them, used for one injection after the other. */
export interface Lane {
  readonly fleet: Fleet;
  /** Who owns what the tool does on the hosts; no other process of this machine has this number. */
  readonly uid: number;
  /** Seconds after which whatever a lost controller left has ended. */
  readonly lease: number;
  /** Seconds after which a controller that has not ended hangs. */
  readonly patience: number;
  /** Whether exit statuses other than 0 promise something about where the hosts stand. */
  readonly tellsWhere: boolean;
  /** Where releases lie on a host, relative to its home. */
  readonly root: string;
  /** Puts every host into the state before a task. */
  reset(): Promise<void>;
  goal(task: TaskName): Goal;
  start(task: TaskName, ambush?: Ambush): Controller;
  /** Every point of an untouched run. Leaves the hosts as that run leaves them. */
  points(task: TaskName): Promise<readonly Point[]>;
  /** What a person types after a fault, one command after the other until one exits 0. */
  recoveries(task: TaskName, turn: number): readonly (() => Controller)[];
  /** Rules of this tool's own on what lies on one host; sentences of what is broken. */
  inspect(host: string, settled: boolean): readonly string[];
  /** Locks that are still held. */
  lockedHosts(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** A tool under test. The loop knows nothing else of it. */
export interface Adapter {
  readonly name: string;
  readonly tasks: readonly TaskName[];
  readonly faults: readonly FaultName[];
  /** On which side of a point a fault strikes, where it is not the usual one. */
  readonly sides?: Readonly<Partial<Record<FaultName, Side>>>;
  open(lane: number): Promise<Lane>;
  /** Takes away what all lanes share. */
  dispose(): void;
  /** Why it cannot be tried on this machine. */
  missing(): string | undefined;
}
