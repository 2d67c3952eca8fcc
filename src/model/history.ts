/** What every line of `.fab/history.jsonl` says: which run, whose, when. */
interface Happened {
  /** ISO 8601, UTC, the controller's clock. */
  readonly at: string;
  readonly run: string;
  readonly task: string;
  readonly user: string;
  readonly machine: string;
}

/** `current` was moved on the hosts that have this line. */
export interface Publication extends Happened {
  /** `undone`: put back because the rename failed on another host, or `--on-failure rollback`. */
  readonly event: 'published' | 'rolled back' | 'undone';
  readonly from: string | null;
  readonly to: string | null;
  readonly commit: string | null;
  /** Release hosts that were left out. */
  readonly behind?: readonly string[];
}

/** How the run ended that published. Without such a line it was interrupted. */
export interface RunEnded extends Happened {
  readonly event: 'ended';
  readonly ending: string;
  readonly status: number;
}

/** One line of `.fab/history.jsonl`: who published what, from where, from what to what, and how it ended. */
export type HistoryEntry = Publication | RunEnded;
