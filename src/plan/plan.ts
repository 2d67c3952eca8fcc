import type { Guard, GuardView } from '../model/guard.ts';
import type { AnyOperation } from '../model/operation.ts';
import type { ReleaseId } from '../model/release.ts';
import type { During, EngineStep } from '../model/step.ts';
import type { Json } from '../model/json.ts';
import type { Problem } from '../model/problem.ts';
import type { Shipment } from '../model/shipment.ts';
import type { HostSurvey, Unreachable } from '../model/survey.ts';
import type { Task } from '../model/task.ts';
import type { OwedStart } from './owed-starts.ts';
import type { Retention } from './retention.ts';

/** The release that a run is about. */
export interface PlannedRelease {
  readonly id: ReleaseId;
  readonly commit: string | undefined;
  readonly ref: string | undefined;
}

/** An operation or engine step in its place: which hosts, under which condition. */
export interface PlannedStep {
  /** The operation's name; `#2` is added when a task has it twice. Journals know steps by this. */
  readonly id: string;
  readonly step: AnyOperation | EngineStep;
  /** Host names in inventory order. May be empty: then the step is skipped with a notice. */
  readonly hosts: readonly string[];
  /** Words of the `when`s around it, outermost first. */
  readonly conditions: readonly string[];
  /** Hosts that have finished it already, with what it returned there (`--resume`). */
  readonly done: Readonly<Record<string, Json>>;
}

/** A plan's steps keep the shape of the task. */
export type PlanNode =
  | { readonly kind: 'step'; readonly planned: PlannedStep }
  | { readonly kind: 'per-host' | 'parallel'; readonly steps: readonly PlannedStep[] }
  | {
      readonly kind: 'when';
      /** The step id of the operation that decides. */
      readonly decidedBy: string;
      readonly because: string;
      readonly is: (result: Json | void) => boolean;
      readonly nodes: readonly PlanNode[];
    }
  | {
      readonly kind: 'during';
      readonly stop: PlannedStep;
      readonly start: During['start'];
      readonly words: During['words'];
      readonly nodes: readonly PlanNode[];
    };

/**
 * What a run would do: a value, made without side effects, printed by `--plan`, carried out by
 * run/.
 */
export interface Plan {
  readonly task: Task;
  readonly environment: string;
  /** Names the run, and its release when it makes one. */
  readonly id: ReleaseId;
  /** The release that the run is about; undefined when the task has nothing to do with releases. */
  readonly release: PlannedRelease | undefined;
  readonly resumed: boolean;
  /** Every host of the run, surveyed, in inventory order. */
  readonly hosts: readonly HostSurvey[];
  /** The hosts it publishes on; empty for tasks that do not publish. */
  readonly releaseHosts: readonly string[];
  /** Hosts that are left out because they could not be reached. */
  readonly leftOut: readonly Unreachable[];
  /** Done before the first step: what runs that were killed have left stopped. */
  readonly owed: readonly OwedStart[];
  readonly nodes: readonly PlanNode[];
  readonly params: Readonly<Record<string, unknown>>;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly shipment: Shipment | undefined;
  /** What a `release.clean` in the task would delete and keep as things stand now. */
  readonly retention: Retention | undefined;
  readonly guards: readonly { readonly guard: Guard; readonly question: string }[];
  readonly guardView: GuardView;
  readonly startedAt: Date;
  /** Things worth saying that do not stop the run. */
  readonly notices: readonly string[];
}

export type { Problem };
