import type { Failure } from '../model/failure.ts';
import type { ReleaseId } from '../model/release.ts';

/** Exit statuses (README, "Exit status"); `run` and `manage` add the remote one. */
export type ExitStatus = number;

/** Where one release host stands after the run, read back from the host itself. */
export type Standing =
  | { readonly kind: 'release'; readonly id: ReleaseId; readonly commit: string | undefined }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly why: string }
  | { readonly kind: 'other'; readonly what: string };

export interface StepFailure {
  readonly step: string;
  readonly host: string;
  readonly failure: Failure;
}

/** How a run ended: what a script needs to know, and what the summary is made of. */
export interface Outcome {
  readonly status: ExitStatus;
  readonly ending: 'done' | 'failed' | 'locked' | 'split' | 'not-yet' | 'interrupted';
  readonly release: ReleaseId | undefined;
  readonly commit: string | undefined;
  /** Release hosts only; empty for tasks that do not publish. */
  readonly standings: Readonly<Record<string, Standing>>;
  readonly failures: readonly StepFailure[];
  /** One sentence when the run ended for a reason that no step failure tells (a lock, a signal). */
  readonly sentence?: string;
  /** Whether `--resume` would go on from here. */
  readonly resumable: boolean;
  readonly seconds: number;
  /** Steps in order with the host that took longest. */
  readonly timings: readonly { readonly step: string; readonly host: string; readonly seconds: number }[];
  /** Where the time of the host went that was at work longest; undefined where no step ended. Parts in the order of a run. */
  readonly spent?: {
    readonly host: string;
    readonly parts: readonly { readonly part: string; readonly seconds: number }[];
  };
  readonly logDirectory: string;
}
