import type { ByHost } from './by-host.ts';
import type { AnyOperation, Operation, OperationResult, Needs } from './operation.ts';
import { count, type Params } from './param.ts';
import type { Role } from './role.ts';
import type { Session } from './session.ts';

/** Steps that the engine carries out itself, because they speak with every host's keeper. */
export interface EngineStep {
  readonly kind: 'engine';
  readonly action: 'create' | 'publish' | 'clean';
  readonly name: 'release.create' | 'release.publish' | 'release.clean';
  readonly roles: readonly Role[];
  readonly params: Params;
}

/** Each host goes through these steps at its own pace; all have finished them before what follows. */
export interface PerHost {
  readonly kind: 'per-host';
  readonly steps: readonly AnyOperation[];
}
/** These steps start together. */
export interface Parallel {
  readonly kind: 'parallel';
  readonly steps: readonly AnyOperation[];
}
/** These steps run only if the result of an earlier operation that runs once says so. */
export interface When {
  readonly kind: 'when';
  readonly operation: AnyOperation;
  /** Words for the plan: "if …". */
  readonly because: string;
  readonly is: (result: OperationResult) => boolean;
  readonly steps: readonly Step[];
}
/**
 * `stop` first, then the steps, then `start` wherever `stop` ran: after success, failure or
 * Ctrl-C. `start` gets what `stop` returned, so it starts exactly what was stopped.
 */
export interface During {
  readonly kind: 'during';
  readonly stop: AnyOperation;
  readonly start: (stopped: ByHost<OperationResult>, host: Session) => Promise<void>;
  readonly words: DuringWords;
  readonly steps: readonly Step[];
}

/** For the plan: what is so from `stop` on, and what `start` does. */
export interface DuringWords {
  readonly from: string;
  readonly again: string;
}

/** What a task is made of. A task is not a step: tasks never call tasks, and do not compile if they try. */
export type Step = AnyOperation | EngineStep | PerHost | Parallel | When | During;

export const perHost = (steps: readonly AnyOperation[]): PerHost => ({ kind: 'per-host', steps });
export const parallel = (steps: readonly AnyOperation[]): Parallel => ({ kind: 'parallel', steps });

export const when = <Result extends OperationResult, P extends Params, S extends Params, N extends Needs>(
  operation: Operation<Result, true, P, S, N>,
  { because, is }: { readonly because: string; readonly is: (result: Result) => boolean },
  steps: readonly Step[],
): When => ({
  kind: 'when',
  operation: operation,
  because,
  is: is as (result: OperationResult) => boolean,
  steps,
});

export const during = <
  Result extends OperationResult,
  Once extends boolean,
  P extends Params,
  S extends Params,
  N extends Needs,
>(
  {
    stop,
    start,
    words = { from: 'stopped from here', again: 'start again' },
  }: {
    readonly stop: Operation<Result, Once, P, S, N>;
    readonly start: (stopped: ByHost<Result>, host: Session) => Promise<void>;
    readonly words?: DuringWords;
  },
  steps: readonly Step[],
): During => ({
  kind: 'during',
  stop: stop,
  start: start as (stopped: ByHost<OperationResult>, host: Session) => Promise<void>,
  words,
  steps,
});

/** Makes the release's directory and its record. Belongs first in a task with `newRelease`. */
export const createStep = (roles: readonly Role[]): EngineStep => ({
  kind: 'engine',
  action: 'create',
  name: 'release.create',
  roles,
  params: {},
});
/** Swaps `current` on every host of these roles, or on none. */
export const publishStep = (roles: readonly Role[]): EngineStep => ({
  kind: 'engine',
  action: 'publish',
  name: 'release.publish',
  roles,
  params: {},
});
/** Deletes releases that nothing needs any more (plan/retention.ts decides). */
export const cleanStep = (roles: readonly Role[]): EngineStep => ({
  kind: 'engine',
  action: 'clean',
  name: 'release.clean',
  roles,
  params: {
    keep: count({ description: 'how many successful releases to keep', default: 5, setting: 'keep_releases' }),
  },
});

/** Every operation in a list of steps, in order, with those inside `when`, `during` and the rest. */
export const operationsIn = (steps: readonly Step[]): readonly AnyOperation[] =>
  steps.flatMap((step): readonly AnyOperation[] => {
    switch (step.kind) {
      case 'operation':
        return [step];
      case 'engine':
        return [];
      case 'per-host':
      case 'parallel':
        return step.steps;
      case 'when':
        return operationsIn(step.steps);
      case 'during':
        return [step.stop, ...operationsIn(step.steps)];
    }
  });

/** Every engine step in a list of steps, in order. */
export const engineStepsIn = (steps: readonly Step[]): readonly EngineStep[] =>
  steps.flatMap((step) =>
    step.kind === 'engine' ? [step] : step.kind === 'when' || step.kind === 'during' ? engineStepsIn(step.steps) : [],
  );

/** Every `during` in a list of steps, those inside others included. */
export const duringsIn = (steps: readonly Step[]): readonly During[] =>
  steps.flatMap((step): readonly During[] => {
    if (step.kind !== 'when' && step.kind !== 'during') return [];
    return [...(step.kind === 'during' ? [step] : []), ...duringsIn(step.steps)];
  });
