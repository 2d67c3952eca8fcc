import type { Plan } from '../plan/plan.ts';
import { takeReleaseLock, writeRecord } from './create.ts';
import { emitter } from './emitter.ts';
import { releaseLocks, takeLocks, type Locked } from './locks.ts';
import type { Outcome, Standing } from './outcome.ts';
import { outcomeOf } from './outcome-of.ts';
import { recordSuccess } from './record.ts';
import { areWhole, readBack } from './standings.ts';
import { beginRun, isStopped, type RunDependencies, type RunState } from './state.ts';
import { walk } from './steps.ts';

export interface Replan {
  /** Surveys and plans again; undefined when that finds problems, which it then tells itself. */
  (): Promise<Plan | undefined>;
}

/**
 * Carries a plan out: locks, steps, publishes, reads back, records. Never throws for what happens
 * on hosts; the outcome says it.
 */
export const runPlan = async (plan: Plan, dependencies: RunDependencies, replan: Replan): Promise<Outcome> => {
  const emit = emitter(dependencies.observe, dependencies.redact);
  let state = beginRun(plan, dependencies, emit);
  emit({ type: 'run-started', plan, logDirectory: dependencies.logDirectory });
  let locked = await lockUnlessNone(state);
  if (locked.kind === 'changed') {
    // Somebody published between our survey and our lock: look again, once.
    emit({ type: 'said', sentence: `current on ${locked.hosts.join(', ')} has changed meanwhile; looking again.` });
    const again = await replan();
    if (again !== undefined) {
      state = beginRun(again, dependencies, emit);
      locked = await lockUnlessNone(state);
    }
  }
  try {
    if (locked.kind === 'ok') await carryOut(state);
    else state.sentence = sentenceOf(locked);
    const standings = locked.kind === 'ok' ? await readBack(state) : {};
    await recordIfTrue(state, standings);
    const outcome = outcomeOf(state, standings, locked.kind);
    emit({ type: 'run-finished', outcome });
    return outcome;
  } finally {
    await releaseLocks(state);
  }
};

const lockUnlessNone = (state: RunState): Promise<Locked> =>
  state.plan.task.lock === 'none' || state.plan.params['during_deploy'] === true
    ? Promise.resolve({ kind: 'ok' })
    : takeLocks(state);

const sentenceOf = (locked: Exclude<Locked, { kind: 'ok' }>): string =>
  locked.kind === 'changed'
    ? `current on ${locked.hosts.join(', ')} keeps changing; another run is at work.`
    : locked.sentence;

const carryOut = async (state: RunState): Promise<void> => {
  try {
    await takeUpRelease(state);
    await walk(state, state.plan.nodes);
    await markBuilt(state);
  } catch (thrown) {
    state.sentence ??= (thrown as Error).message;
  }
};

/** Success is recorded only where it is true: nothing failed, and every host has said so. */
const recordIfTrue = async (state: RunState, standings: Readonly<Record<string, Standing>>): Promise<void> => {
  if (isStopped(state) || state.published !== 'yes' || !areWhole(standings)) return;
  try {
    await recordSuccess(state);
  } catch (thrown) {
    state.sentence ??= (thrown as Error).message;
  }
};

/** A resumed release is locked as a new one is when it is made. */
const takeUpRelease = async (state: RunState): Promise<void> => {
  const { plan } = state;
  if (!plan.resumed || plan.release === undefined) return;
  const { id } = plan.release;
  const holders = plan.hosts.filter(({ releases }) =>
    releases.some(({ name, record }) => name === id && record !== undefined),
  );
  await Promise.all(holders.map(({ host }) => takeReleaseLock(state, host)));
};

/** A private release is complete when its steps are; a public one when it is published (publish.ts). */
const markBuilt = async (state: RunState): Promise<void> => {
  const { plan } = state;
  if (plan.task.release.kind !== 'new' || plan.releaseHosts.length > 0 || isStopped(state)) return;
  const makers = plan.nodes.flatMap((node) =>
    node.kind === 'step' && node.planned.step.name === 'release.create' ? node.planned.hosts : [],
  );
  await Promise.all(makers.map((host) => writeRecord(state, host, 'built')));
};
