import type { Failure } from '../model/failure.ts';
import type { Json } from '../model/json.ts';
import type { Plan } from '../plan/plan.ts';
import type { Outcome } from './outcome.ts';

/**
 * Everything a person can see, said once, as data. Reporters are observers of this stream; the journal on
 * the hosts is written before its event. Text has its secrets hidden already. `at` is milliseconds since 1970
 * on the controller.
 */
export type RunEvent = { readonly at: number } & (
  | { readonly type: 'run-started'; readonly plan: Plan; readonly logDirectory: string }
  /** What the engine does between the steps: `lock`, `verify`, `publish`, `read back`, `record`, … */
  | { readonly type: 'phase'; readonly name: string; readonly detail?: string }
  | { readonly type: 'step-started'; readonly step: string; readonly hosts: readonly string[] }
  | { readonly type: 'step-skipped'; readonly step: string; readonly because: string }
  | { readonly type: 'step-finished'; readonly step: string; readonly seconds: number; readonly ok: boolean }
  | { readonly type: 'host-started'; readonly step: string; readonly host: string }
  | {
      readonly type: 'host-succeeded';
      readonly step: string;
      readonly host: string;
      readonly seconds: number;
      readonly result: Json;
    }
  | {
      readonly type: 'host-failed';
      readonly step: string;
      readonly host: string;
      readonly seconds: number;
      readonly failure: Failure;
    }
  /** Done in an earlier run; not done again. */
  | { readonly type: 'host-skipped'; readonly step: string; readonly host: string }
  | { readonly type: 'command-started'; readonly step: string; readonly host: string; readonly command: string }
  | {
      readonly type: 'output';
      readonly step: string;
      readonly host: string;
      readonly stream: 'out' | 'err';
      readonly line: string;
    }
  /** An operation's `say`, or the engine's word on a host. */
  | { readonly type: 'said'; readonly step?: string; readonly host?: string; readonly sentence: string }
  | { readonly type: 'published'; readonly host: string; readonly release: string }
  | { readonly type: 'run-finished'; readonly outcome: Outcome }
);

export type RunEventType = RunEvent['type'];
export type Observer = (event: RunEvent) => void;
