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
  const { plan, keepers } = state;
  if (plan.task.release.kind !== 'new' || plan.release === undefined) return;
  const line = journalLine({ step, run: plan.id, at: new Date().toISOString(), seconds, result });
  const answer = await keepers.get(host)?.ask('add', `releases/${plan.release.id}/.fab/journal.jsonl`, line);
  if (answer?.ok !== true)
    throw new Error(`The journal on ${host} could not be written: ${answer?.text ?? 'the keeper is gone'}.`);
};
