import type { HistoryEntry } from '../model/history.ts';
import { surveyOf, type RunState } from './state.ts';

/** A line of history on every host, as soon as it is published: what happened, not how it ended. */
export const recordPublished = async (state: RunState, hosts: readonly string[]): Promise<void> => {
  const { plan, info } = state;
  await Promise.all(
    hosts.map(async (host) => {
      const { current } = surveyOf(state, host);
      const entry: HistoryEntry = {
        event: plan.task.release.kind === 'previous' ? 'rolled back' : 'published',
        at: new Date().toISOString(),
        run: plan.id,
        task: plan.task.name,
        from: current.kind === 'release' ? current.id : null,
        to: plan.release?.id ?? '',
        commit: plan.release?.commit ?? null,
        user: info.user,
        machine: info.machine,
      };
      await state.keepers
        .get(host)
        ?.ask('add', '.fab/history.jsonl', JSON.stringify(entry))
        .catch(() => undefined);
    }),
  );
};

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
