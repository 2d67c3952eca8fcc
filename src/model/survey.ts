import type { Json } from './json.ts';
import type { FoundRecord } from './publish-record.ts';
import type { ReleaseId } from './release.ts';
import type { ReleaseRecord } from './release-choice.ts';

/** What `current` is on a host. */
export type CurrentLink =
  | { readonly kind: 'absent' }
  | { readonly kind: 'release'; readonly id: ReleaseId; readonly exists: boolean }
  /** A real directory or file stands where the link belongs. */
  | { readonly kind: 'not-a-link' }
  /** A link to somewhere that is not one of the releases. */
  | { readonly kind: 'foreign'; readonly target: string };

/** One finished step on one host, as the journal has it. */
export interface JournalEntry {
  readonly step: string;
  readonly run: string;
  readonly at: string;
  readonly seconds: number;
  readonly result: Json;
}

/** A durable step in a release, as its files and locks say; `since` is seconds since 1970 on the host. */
export interface StepOnHost {
  readonly step: string;
  readonly state: 'running' | 'ended' | 'cancelled' | 'lost';
  readonly since: number;
}

/** One directory under `releases/`, as it lies on one host. */
export interface ReleaseOnHost {
  /** The directory's name; `id` in the record is the same. */
  readonly name: string;
  readonly record: ReleaseRecord | undefined;
  /** Until when markers pin it; `forever` for a marker that cannot be read. */
  readonly pinnedUntil: Date | 'forever' | undefined;
  /** A process that we can see runs from it. */
  readonly inUse: boolean;
  /** A run builds in it, or a durable step runs in it. */
  readonly locked: boolean;
  /** A run builds in it; left out where none does. */
  readonly building?: boolean;
  /** Its durable steps; left out where there are none. */
  readonly steps?: readonly StepOnHost[];
  readonly journal: readonly JournalEntry[];
  /** The journal was written by a newer version, which we do not read. */
  readonly journalTooNew: boolean;
  /** Lines of the journal that are none, a torn last one not counted. */
  readonly journalGarbage: number;
}

/** What one host looked like before anything was done. Read only, by one command. */
export interface HostSurvey {
  readonly host: string;
  /** Absolute; `~` resolved for the user that owns the releases. */
  readonly root: string;
  readonly user: string;
  readonly home: string;
  readonly uid: number;
  readonly current: CurrentLink;
  /** By name, oldest first; only directories. Names that are no release names are included. */
  readonly releases: readonly ReleaseOnHost[];
  /** Files and links under `releases/`, where only directories belong. They are left alone. */
  readonly strays: readonly string[];
  /** What the live release takes on disk, else the newest finished one; only where it was asked for. */
  readonly lastSize: { readonly bytes: number; readonly inodes: number } | undefined;
  /** Release names in RELEASES.txt, oldest first. */
  readonly recorded: readonly string[];
  /** Entries of `shared_paths` that are missing under `shared/`. */
  readonly missingShared: readonly string[];
  /** The nearest existing directory to `root`, or a file or directory of ours in it, when it may not be written to. */
  readonly notWritable: string | undefined;
  readonly disk: { readonly freeBytes: number; readonly totalBytes: number; readonly freeInodes: number } | undefined;
  /** Versions by name (`git`, `perl`, else `python3`) or `yes` (`flock`, `setsid`); absent ones are left out. */
  readonly tools: Readonly<Record<string, string>>;
  /** Host clock minus controller clock, in seconds, to about a second. */
  readonly clockSkewSeconds: number;
  readonly bootId: string | undefined;
  /** Whether processes of other users are visible here, so that `inUse` can be believed. */
  readonly seesProcesses: boolean;
  /** Whose lock `.fab/owner` speaks of; it says nothing about whether the lock is still held. */
  readonly owner: string | undefined;
  /** Whether some run holds the fleet's lock here just now. */
  readonly lockHeld: boolean;
  /** The host's own name, to notice one machine listed twice. */
  readonly machine: string;
  /** The record of the last publish. */
  readonly txn: FoundRecord;
  /** The number of the last run that took the lock here; 0 before the first. */
  readonly epoch: number;
  /** Lines of .fab/history.jsonl, newest last, at most 50. */
  readonly history: readonly Json[];
  readonly path: string;
  /** What it took to get here. */
  readonly reached?: { readonly connectSeconds: number; readonly surveySeconds: number };
}

/** A host that could not be surveyed, and why, as a sentence. */
export interface Unreachable {
  readonly host: string;
  readonly sentence: string;
  readonly hint?: string;
}

/** What the hosts of a task looked like before it. */
export interface Survey {
  readonly hosts: readonly HostSurvey[];
  readonly unreachable: readonly Unreachable[];
  readonly at: Date;
}
