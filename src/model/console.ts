import type { RemoteProcess } from './session.ts';

/** In characters. */
export interface WindowSize {
  readonly rows: number;
  readonly columns: number;
}

/** The terminal of the person who typed the command, for the few commands that converse: `manage shell`. */
export interface Console extends WindowSize {
  /** What the far side calls TERM. */
  readonly kind: string;
  /**
   * Lends it out: every key goes to the process (Ctrl-C, too), everything it says is shown as it comes.
   * Taken back when the process has ended; rejects as its `done` does. Meanwhile `resized` is told each new size.
   */
  lend(process: RemoteProcess, resized?: (size: WindowSize) => void): Promise<void>;
}
