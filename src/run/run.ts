import { problemText, type Problem } from '../model/problem.ts';
import type { ReleaseId } from '../model/release.ts';
import type { Result } from '../model/result.ts';
import type { Plan } from '../plan/plan.ts';
import { takeReleaseLock, writeRecord } from './create.ts';
import { goBackIfAsked } from './go-back.ts';
import { emitter } from './emitter.ts';
import { releaseLocks, takeLocks, type Locked } from './locks.ts';
import type { Outcome, Standing } from './outcome.ts';
import { outcomeOf } from './outcome-of.ts';
import { recordEnding, recordSuccess } from './record.ts';
import { settle } from './settle.ts';
import { areWhole, asSurveyed, readBack } from './standings.ts';
import { beginRun, isStopped, type RunDependencies, type RunState } from './state.ts';
import { startOwed } from './start-owed.ts';
import { walk } from './steps.ts';

/** Surveys and plans again, after somebody else, or this run, has changed what was planned on. */
export type Replan = (because: Because) => Promise<Result<Plan, readonly Problem[]>>;

export interface Because {
  /** The release that every host is on now that an interrupted publish of it was finished. */
  readonly settled?: ReleaseId;
}

/** Once for what somebody else did between survey and lock, once for what an interrupted run left behind. */
const plansAtMost = 3;

/**
 * Carries a plan out: locks, finishes what an earlier run left unfinished, then steps, publishes, reads
 * back, records. Never throws for what happens on hosts; the outcome says it.
 */
export const runPlan = async (plan: Plan, dependencies: RunDependencies, replan: Replan): Promise<Outcome> => {
  const emit = emitter(dependencies.observe, dependencies.redact);
  emit({ type: 'run-started', plan, logDirectory: dependencies.logDirectory });
  const { state, locked, found } = await readyToGo(beginRun(plan, dependencies, emit), dependencies, replan);
  try {
    if (locked.kind === 'ok') await carryOut(state);
    // Who holds the lock matters more than that a connection went while we waited for it.
    else state.sentence = locked.kind === 'held' ? locked.sentence : (state.sentence ?? sentenceOf(locked));
    const standings = found ?? (await readBack(state));
    await recordIfTrue(state, standings);
    const outcome = outcomeOf(state, standings, locked.kind);
    await recordEnding(state, outcome);
    emit({ type: 'run-finished', outcome });
    return outcome;
  } finally {
    await releaseLocks(state);
  }
};

interface Ready {
  readonly state: RunState;
  readonly locked: Locked;
  /** Where the hosts stand, when the locks that they could be asked with are not held. */
  readonly found?: Readonly<Record<string, Standing>>;
}

/** With the locks, on a plan that is true, and nothing left unfinished by an earlier run; or why not. */
const readyToGo = async (begun: RunState, dependencies: RunDependencies, replan: Replan): Promise<Ready> => {
  let state = begun;
  for (let plans = 1; ; plans += 1) {
    const locked = await lockUnlessNone(state);
    if (locked.kind === 'ok') return { state, locked };
    if ((locked.kind !== 'changed' && locked.kind !== 'unfinished') || plans === plansAtMost)
      return { state, locked, found: locked.kind === 'failed' ? asSurveyed(state, locked) : {} };
    let found: Ready['found'];
    if (locked.kind === 'unfinished') {
      state.sentence = await settle(state, locked.settlement);
      if (state.sentence !== undefined) return { state, locked };
      found = await readBack(state);
      await releaseLocks(state);
    } else state.emit({ type: 'said', sentence: `${locked.hosts.join(', ')} changed meanwhile; looking again.` });
    const again = await replan(becauseOf(locked));
    if (!again.ok) {
      const begun =
        found === undefined ? 'Nothing was begun' : 'The interrupted publish was finished; nothing else was begun';
      const sentence = `${begun}: ${again.failure.map(problemText).join(' ')}`;
      return { state, locked: { kind: 'refused', sentence }, found: found ?? {} };
    }
    state = beginRun(again.value, dependencies, state.emit);
  }
};

const becauseOf = (locked: Locked): Because =>
  locked.kind === 'unfinished' && locked.settlement.kind === 'forward'
    ? { settled: locked.settlement.record.release }
    : {};

const lockUnlessNone = (state: RunState): Promise<Locked> =>
  state.plan.task.lock === 'none' || state.plan.params['during_deploy'] === true
    ? Promise.resolve({ kind: 'ok' })
    : takeLocks(state);

const sentenceOf = (locked: Exclude<Locked, { kind: 'ok' }>): string => {
  switch (locked.kind) {
    case 'changed':
      return `${locked.hosts.join(', ')} keep changing; another run is at work.`;
    case 'unfinished':
      return 'An interrupted publish could not be finished.';
    default:
      return locked.sentence;
  }
};

const carryOut = async (state: RunState): Promise<void> => {
  try {
    await takeUpRelease(state);
    await startOwed(state);
    await walk(state, state.plan.nodes);
    await goBackIfAsked(state);
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
