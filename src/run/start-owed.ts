import { ByHost } from '../model/by-host.ts';
import { failureOf } from '../model/failure.ts';
import type { OperationResult } from '../model/operation.ts';
import { startOf } from '../plan/done-steps.ts';
import type { OwedStart } from '../plan/owed-starts.ts';
import { sessionOn } from './context.ts';
import type { RunState } from './state.ts';
import { addToJournal } from './step-journal.ts';

/** What a killed run left stopped must not hold up this one for ever. */
const limit = 120_000;

/**
 * Starts what killed runs have left stopped, before anything else. A start that fails is told and stays
 * owed, but fails nothing: this run may be the one that brings the remedy.
 */
export const startOwed = async (state: RunState): Promise<void> => {
  const failed = new Set<string>();
  for (const owed of state.plan.owed) {
    const keyOf = (host: string): string => [owed.release, owed.stop, host].join(' ');
    // A start pays for the latest stop: where that one fails, an earlier one must not be taken for it.
    const hosts = Object.keys(owed.stopped).filter((host) => !failed.has(keyOf(host)));
    if (hosts.length === 0) continue;
    const [step, began] = [startOf(owed.stop), Date.now()];
    state.emit({ type: 'step-started', step, hosts });
    const started = await Promise.all(
      hosts.map(async (host) => {
        const is = await startOn(state, owed, host);
        if (!is) failed.add(keyOf(host));
        return is;
      }),
    );
    state.emit({ type: 'step-finished', step, seconds: since(began), ok: !started.includes(false) });
  }
};

const startOn = async (state: RunState, owed: OwedStart, host: string): Promise<boolean> => {
  const step = startOf(owed.stop);
  const began = Date.now();
  const signal = AbortSignal.any([state.abort.signal, AbortSignal.timeout(limit)]);
  state.emit({ type: 'host-started', step, host });
  try {
    await owed.start(new ByHost<OperationResult>(Object.entries(owed.stopped)), sessionOn(state, step, host, signal));
    // In the journal that the stop is in: the next run finds nothing owed.
    await addToJournal(state, host, { release: owed.release, step, seconds: since(began), result: null });
    state.emit({ type: 'host-succeeded', step, host, seconds: since(began), result: null });
    return true;
  } catch (thrown) {
    state.emit({ type: 'host-failed', step, host, seconds: since(began), failure: failureOf(thrown) });
    return false;
  }
};

const since = (began: number): number => (Date.now() - began) / 1000;
