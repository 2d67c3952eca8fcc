import { journalLine } from '../model/journal-line.ts';
import type { Json } from '../model/json.ts';
import type { RunState } from './state.ts';

/**
 * A finished step is a line on its host, on disk, before anybody hears of it: what is told is never
 * lost. Only runs that make a release keep a journal; the others have nothing to resume.
 * @throws Error when it cannot be written: the step then counts as failed.
 */
export const journal = async (
  state: RunState,
  step: string,
  host: string,
  seconds: number,
  result: Json,
): Promise<void> => {
  const { plan } = state;
  if (plan.task.release.kind !== 'new' || plan.release === undefined) return;
  await addToJournal(state, host, { release: plan.release.id, step, seconds, result });
};

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
