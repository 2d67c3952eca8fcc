import type { HistoryEntry, Publication } from '../model/history.ts';
import type { PublishRecord } from '../model/publish-record.ts';
import { askAll } from './keeper/ask-all.ts';
import type { Outcome } from './outcome.ts';
import { surveyOf, type RunState } from './state.ts';

export interface Moved {
  readonly event: 'published' | 'undone';
  readonly record: PublishRecord;
}

/** A line of history on every host, as soon as `current` was moved there: what happened, not how the run ended. */
export const recordPublished = async (
  state: RunState,
  hosts: readonly string[],
  { event, record }: Moved,
): Promise<void> => {
  const behind = Object.keys(record.behind);
  await addToHistory(state, hosts, (host): Publication => {
    const before = nameIn(record.participants[host] ?? null);
    return {
      // Names sort by age, so going to an older one is going back, whatever the task is called.
      event: event === 'published' && before !== null && record.release < before ? 'rolled back' : event,
      at: new Date().toISOString(),
      run: record.run,
      task: record.task,
      from: event === 'undone' ? record.release : before,
      to: event === 'undone' ? before : record.release,
      commit: event === 'undone' ? null : record.commit,
      user: record.user,
      machine: record.machine,
      ...(behind.length === 0 ? {} : { behind }),
    };
  });
};

/** How the run ended, for those who read the history later. Best effort: it is over anyway. */
export const recordEnding = async (state: RunState, { ending, status }: Outcome): Promise<void> => {
  const { plan, info, keepers } = state;
  if (state.published === 'no' || state.published === 'held') return;
  const hosts = plan.releaseHosts.filter((host) => keepers.has(host));
  await addToHistory(state, hosts, () => ({
    event: 'ended',
    at: new Date().toISOString(),
    run: runName(state),
    task: plan.task.name,
    ending,
    status,
    user: info.user,
    machine: info.machine,
  }));
};

/** Two runs may be about one release (a resume): the mark tells them apart. */
export const runName = ({ plan, mark }: RunState): string => `${plan.id} ${mark.slice(plan.id.length + 1)}`;

const addToHistory = async (
  { keepers }: RunState,
  hosts: readonly string[],
  entry: (host: string) => HistoryEntry,
): Promise<void> => {
  await askAll(keepers, hosts, (host) => ['add', '.fab/history.jsonl', JSON.stringify(entry(host))]);
};

const nameIn = (link: string | null): string | null =>
  link === null ? null : (link.replace(/\/+$/, '').split('/').at(-1) ?? null);

/**
 * RELEASES.txt: a successful deploy adds its line; a rollback takes the lines after its target away,
 * so that the next rollback does not go forward again.
 */
export const recordSuccess = async (state: RunState): Promise<void> => {
  const { plan } = state;
  if (plan.release === undefined || state.published !== 'yes') return;
  if (plan.params['skip_record'] === true) {
    state.emit({ type: 'said', sentence: 'Not recorded as successful, as asked (--skip-record).' });
    return;
  }
  const id = plan.release.id;
  state.emit({ type: 'phase', name: 'record' });
  await Promise.all(
    plan.releaseHosts.map(async (host) => {
      const { root, recorded } = surveyOf(state, host);
      const keeper = state.keepers.get(host);
      const at = recorded.lastIndexOf(id);
      const lines = [...(at >= 0 ? recorded.slice(0, at) : recorded), id].map((name) => `${root}/releases/${name}\n`);
      const answer =
        at >= 0
          ? await keeper?.ask('put', 'RELEASES.txt', lines.join(''))
          : await keeper?.ask('add', 'RELEASES.txt', `${root}/releases/${id}`);
      if (answer?.ok !== true)
        throw new Error(`RELEASES.txt on ${host} could not be written: ${answer?.text ?? 'the keeper is gone'}`);
    }),
  );
};
