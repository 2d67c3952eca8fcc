import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { Host } from '../model/host.ts';
import type { Inventory } from '../model/inventory.ts';
import type { Json } from '../model/json.ts';
import type { RunInfo } from '../model/operation.ts';
import type { Redact, Secret } from '../model/secret.ts';
import type { HostSurvey, Survey } from '../model/survey.ts';
import type { Plan } from '../plan/plan.ts';
import type { Fleet } from '../session/fleet.ts';
import type { Emit } from './emitter.ts';
import type { HeldState } from './keeper/held-state.ts';
import type { Keeper } from './keeper/keeper.ts';
import type { Observer } from './event.ts';
import type { StepFailure } from './outcome.ts';

/** What a run needs besides its plan. */
export interface RunDependencies {
  readonly fleet: Fleet;
  readonly inventory: Inventory;
  readonly info: RunInfo;
  readonly toolVersion: string;
  readonly sudoUser: string | undefined;
  readonly path: readonly string[];
  readonly variables: Readonly<Record<string, string | Secret>>;
  /** `.env`, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly forks: number;
  /** Seconds without a sign of life after which a host, or this run, lets go of the lock. */
  readonly lease: number;
  readonly logDirectory: string;
  readonly redact: Redact;
  readonly observe: Observer;
  /** Aborted with a `Interrupted` as its reason when a person or a signal ends the run. */
  readonly signal: AbortSignal;
  /** Looks at the hosts again, for what cleaning may delete. */
  resurvey(): Promise<Survey>;
}

/** Why a run was ended from outside. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly by: 'SIGINT' | 'SIGTERM' | 'SIGHUP';
  constructor(by: Interrupted['by']) {
    super(`interrupted by ${by}`);
    this.by = by;
  }
}

/** One step on one host. */
export interface Timing {
  readonly step: string;
  readonly host: string;
  readonly seconds: number;
  /** Milliseconds since 1970. */
  readonly ended: number;
}

/** One run in progress. */
export interface RunState extends RunDependencies {
  readonly plan: Plan;
  readonly emit: Emit;
  /** Names the run's sign of life on its hosts: two runs may begin in one second. */
  readonly mark: string;
  readonly keepers: Map<string, Keeper>;
  /** What each keeper said once its lock was held: from then on only this run changes it. */
  readonly found: Map<string, HeldState>;
  /** This run's number, written to every host; undefined for runs without the fleet's lock. */
  epoch: number | undefined;
  /** Step id → host → what it returned. */
  readonly results: Map<string, Map<string, Json>>;
  /** Stops, as `STEP HOST`, whose line is in the journal though they have not ended. */
  readonly journalledAhead: Set<string>;
  readonly failures: StepFailure[];
  readonly timings: Timing[];
  /** Milliseconds since 1970, as is `workBegan`: when the locks were held and the steps' turn came. */
  readonly began: number;
  workBegan: number | undefined;
  /** Ends everything that runs; its reason says why. */
  readonly abort: AbortController;
  /** Set once `current` was or may have been swapped. */
  published: 'no' | 'yes' | 'undone' | 'unsure' | 'held';
  /** Why the run cannot go on, where no step failure tells. */
  sentence: string | undefined;
}

export const beginRun = (plan: Plan, dependencies: RunDependencies, emit: Emit): RunState => {
  const abort = new AbortController();
  setMaxListeners(0, abort.signal); // Every command of every host listens.
  if (dependencies.signal.aborted) abort.abort(dependencies.signal.reason);
  dependencies.signal.addEventListener('abort', () => abort.abort(dependencies.signal.reason), { once: true });
  return {
    ...dependencies,
    plan,
    emit,
    mark: `${plan.id}-${randomBytes(4).toString('hex')}`,
    keepers: new Map(),
    found: new Map(),
    epoch: undefined,
    results: new Map(),
    journalledAhead: new Set(),
    failures: [],
    timings: [],
    began: Date.now(),
    workBegan: undefined,
    abort,
    published: 'no',
    sentence: undefined,
  };
};

/** Whether no further step may start. */
export const isStopped = ({ failures, abort, sentence, published }: RunState): boolean =>
  failures.length > 0 || abort.signal.aborted || sentence !== undefined || published === 'held';

export const surveyOf = ({ plan }: RunState, host: string): HostSurvey => {
  const found = plan.hosts.find((each) => each.host === host);
  if (found === undefined) throw new Error(`${host} is no host of this run.`);
  return found;
};

export const hostOf = ({ inventory }: RunState, name: string): Host => {
  const found = inventory.hosts.find((host) => host.name === name);
  if (found === undefined) throw new Error(`${name} is not in the inventory.`);
  return found;
};

/** A step ended on a host just now, however it did. */
export const timed = ({ timings }: RunState, step: string, host: string, seconds: number): void =>
  void timings.push({ step, host, seconds, ended: Date.now() });

export const remember = ({ results }: RunState, step: string, host: string, result: Json): void => {
  const answers = results.get(step) ?? new Map<string, Json>();
  answers.set(host, result);
  results.set(step, answers);
};

/** By its name: a reason may come from another realm. */
export const isInterrupted = (reason: unknown): reason is Interrupted =>
  typeof reason === 'object' && reason !== null && (reason as Error).name === 'Interrupted';
