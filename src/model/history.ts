/** One line of `.fab/history.jsonl`: who published what, from where, from what to what. */
export interface HistoryEntry {
  readonly event: 'published' | 'rolled back';
  /** ISO 8601, UTC, the controller's clock. */
  readonly at: string;
  readonly run: string;
  readonly task: string;
  readonly from: string | null;
  readonly to: string;
  readonly commit: string | null;
  readonly user: string;
  readonly machine: string;
}
