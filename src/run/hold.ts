import { pinName } from '../model/release-name.ts';
import type { PlannedStep } from '../plan/plan.ts';
import { recordFailure } from './failures.ts';
import { askAll, saidNo, saidYes, textOf } from './keeper/ask-all.ts';
import { inPhase, newRecord } from './records.ts';
import { seal } from './seal.ts';
import type { RunState } from './state.ts';

/** How long cleaning leaves a release alone that waits to be published. */
const daysHeld = 10;

/**
 * `--hold`: everything up to the decision, on trial. What is sealed stays, pinned, with a note of what
 * `current` was: a later `--resume` publishes it only over that.
 */
export const hold = async (state: RunState, planned: PlannedStep, hosts: readonly string[]): Promise<void> => {
  const began = Date.now();
  const heldOver = (host: string): string => state.found.get(host)?.current ?? '';
  if (!(await seal(state, planned, hosts, (host) => ({ heldOver: heldOver(host) })))) return;
  state.emit({ type: 'phase', name: 'prepare', detail: `${hosts.length} hosts, on trial` });
  const record = newRecord(state, hosts);
  const prepared = inPhase(record, { phase: 'prepared' });
  const answers = await askAll(state.keepers, hosts, (host) => [
    'prepare',
    `releases/${record.release}`,
    heldOver(host),
    prepared,
  ]);
  await askAll(state.keepers, hosts, () => ['abort', inPhase(record, { phase: 'aborted' })]);
  const ready = saidYes(answers);
  for (const host of hosts.filter((each) => !ready.includes(each)))
    recordFailure(
      state,
      planned.id,
      host,
      { reason: 'thrown', message: textOf(answers.get(host)) },
      (Date.now() - began) / 1000,
    );
  const pin = `releases/${record.release}/${pinName(state.info.startedAt, daysHeld)}`;
  const pinned = await askAll(state.keepers, ready, () => ['put', pin, '']);
  for (const host of saidNo(pinned))
    state.emit({
      type: 'said',
      sentence: `${record.release} could not be pinned on ${host}, where cleaning may delete it: ${textOf(pinned.get(host))}.`,
    });
  state.emit({ type: 'said', sentence: `${record.release} is ready on ${ready.length} of ${hosts.length} hosts.` });
  if (ready.length === hosts.length) state.published = 'held';
};
