import { journalLine } from '../model/journal-line.ts';
import type { Json } from '../model/json.ts';
import type { PublishRecord } from '../model/publish-record.ts';
import { startOf } from '../plan/done-steps.ts';
import type { Plan } from '../plan/plan.ts';
import { stopIds } from '../plan/planned-steps.ts';
import { askAll } from './keeper/ask-all.ts';
import { surveyOf, type RunState } from './state.ts';

/**
 * A finished step is a line on its host, on disk, before anybody hears of it: what is told is never
 * lost. Runs that make a release keep a journal of every step. The others have nothing to resume; of them only
 * what they stop is written down, with the release that they act on, so that the next run starts it should they be killed.
 * @throws Error when a run that makes a release cannot write it: the step then counts as failed.
 */
export const journal = async (
  state: RunState,
  step: string,
  host: string,
  seconds: number,
  result: Json,
): Promise<void> => {
  const { plan } = state;
  if (plan.release === undefined || state.journalledAhead.delete(`${step} ${host}`)) return;
  const line = { release: plan.release.id, step, seconds, result };
  if (plan.task.release.kind === 'new') await addToJournal(state, host, line);
  else if (state.keepers.has(host) && isStop(plan, step) && isRecorded(plan, line.release)) {
    // A full disk must not be in the way of a restart.
    await addToJournal(state, host, line).catch((thrown: unknown) =>
      state.emit({ type: 'said', step, host, sentence: (thrown as Error).message }),
    );
  }
};

/**
 * The line of a stop before it stops anything: a run that is killed while it waits leaves the word.
 * @throws Error when the step stops nothing for a while, or as `journal` does.
 */
export const journalAhead = async (state: RunState, step: string, host: string, result: Json): Promise<void> => {
  if (!stopIds(state.plan.nodes).includes(step))
    throw new Error(`${step} stops nothing for a while: willStop is for the stop of a during.`);
  const key = `${step} ${host}`;
  state.journalledAhead.delete(key); // A run that goes back stops a second time.
  await journal(state, step, host, 0, result);
  state.journalledAhead.add(key);
};

/**
 * The publish of a release by a run that does not make it: one that finishes another's, or goes back. A resume
 * does not publish it again, and what its journal has from before, of an earlier life, is done anew.
 */
export const journalPublished = async (
  state: RunState,
  { release, run }: Pick<PublishRecord, 'release' | 'run'>,
  hosts: readonly string[],
): Promise<void> => {
  const at = new Date().toISOString();
  const line = journalLine({ step: 'release.publish', run, at, seconds: 0, result: null });
  // Only where there is one: nothing is written into a release of another tool.
  const made = hosts.filter((host) =>
    surveyOf(state, host).releases.some(({ name, journal: lines }) => name === release && lines.length > 0),
  );
  await askAll(state.keepers, made, () => ['add', `releases/${release}/.fab/journal.jsonl`, line]);
};

const isStop = ({ nodes }: Plan, step: string): boolean =>
  stopIds(nodes).some((stop) => step === stop || step === startOf(stop));

/** Nothing is written into a release of another tool. */
const isRecorded = ({ hosts }: Plan, release: string): boolean =>
  hosts.some(({ releases }) => releases.some(({ name, record }) => name === release && record !== undefined));

interface Finished {
  /** Whose journal it belongs in. */
  readonly release: string;
  readonly step: string;
  readonly seconds: number;
  readonly result: Json;
}

/** @throws Error when it cannot be written. */
export const addToJournal = async (
  { plan, keepers }: RunState,
  host: string,
  { release, step, seconds, result }: Finished,
): Promise<void> => {
  const line = journalLine({ step, run: plan.id, at: new Date().toISOString(), seconds, result });
  const answer = await keepers.get(host)?.ask('add', `releases/${release}/.fab/journal.jsonl`, line);
  if (answer?.ok !== true)
    throw new Error(`The journal on ${host} could not be written: ${answer?.text ?? 'the keeper is gone'}.`);
};
