import type { Plan } from '../plan/plan.ts';
import { takeReleaseLock, writeRecord } from './create.ts';
import { emitter } from './emitter.ts';
import { goBackIfAsked } from './go-back.ts';
import { releaseLocks } from './locks.ts';
import type { Outcome, Standing } from './outcome.ts';
import { outcomeOf } from './outcome-of.ts';
import { readyToGo, sentenceOf, type Replan } from './ready.ts';
import { recordEnding, recordSuccess } from './record.ts';
import { areWhole, readBack } from './standings.ts';
import { startOwed } from './start-owed.ts';
import { beginRun, isStopped, type RunDependencies, type RunState } from './state.ts';
import { walk } from './steps.ts';

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
    const outcome = outcomeOf(state, standings, locked);
    await recordEnding(state, outcome);
    emit({ type: 'run-finished', outcome });
    return outcome;
  } finally {
    await releaseLocks(state);
  }
};

const carryOut = async (state: RunState): Promise<void> => {
  state.workBegan = Date.now();
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

/**
 * A resumed release is locked as a new one is when it is made.
 *
 * @throws Error when another run builds in it, or did so when this one was planned: without the fleet's
 * lock nobody has looked again since, and what that run finished would be done twice.
 */
const takeUpRelease = async (state: RunState): Promise<void> => {
  const { plan } = state;
  if (!plan.resumed || plan.release === undefined) return;
  const { id } = plan.release;
  const holders = plan.hosts.flatMap(({ host, releases }) =>
    releases
      .filter(({ name, record }) => name === id && record !== undefined)
      .map(({ building }) => ({ host, building })),
  );
  await Promise.all(holders.map(({ host }) => takeReleaseLock(state, host)));
  const busy = holders.filter(({ building }) => building === true).map(({ host }) => host);
  if (busy.length > 0)
    throw new Error(
      `Another run was building ${id} on ${busy.join(', ')} when this one looked at it, and has ended since. Run this again.`,
    );
};

/** A private release is complete when its steps are; a public one when it is sealed (seal.ts). */
const markBuilt = async (state: RunState): Promise<void> => {
  const { plan } = state;
  if (plan.task.release.kind !== 'new' || plan.releaseHosts.length > 0 || isStopped(state)) return;
  const makers = plan.nodes.flatMap((node) =>
    node.kind === 'step' && node.planned.step.name === 'release.create' ? node.planned.hosts : [],
  );
  await Promise.all(makers.map((host) => writeRecord(state, host, 'built')));
};
