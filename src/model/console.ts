import type { RemoteProcess } from './session.ts';

/** The terminal of the person who typed the command, for the few commands that converse: `manage shell`. */
export interface Console {
  readonly rows: number;
  readonly columns: number;
  /** What the far side calls TERM. */
  readonly kind: string;
  /**
   * Lends it out: every key goes to the process (Ctrl-C, too), everything it says is shown as it comes.
   * Taken back when the process has ended; rejects as its `done` does.
   */
  lend(process: RemoteProcess): Promise<void>;
}
