/** What a controller is to do; its only argument. */
export interface Order {
  readonly folder: string;
  readonly hosts: readonly string[];
  /** Stands as the user in the lock's owner. */
  readonly name: string;
  /** Seconds. */
  readonly lease: number;
  /** The longest pause between two runs, in milliseconds. */
  readonly pause: number;
  /** The share of runs whose commands do not end when they are asked to. */
  readonly stubborn: number;
  /** Takes no lock at all: what the contest must notice. */
  readonly unlocked?: boolean;
}

/** What a controller says, one line each. */
export type Report =
  | { readonly kind: 'ready' }
  /** It has the locks and begins its first step. */
  | { readonly kind: 'entered'; readonly run: string }
  | { readonly kind: 'ended'; readonly run: string; readonly status: number; readonly sentence: string };
