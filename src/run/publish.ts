import { failureOf } from '../model/failure.ts';
import type { PlannedStep } from '../plan/plan.ts';
import { writeRecord } from './create.ts';
import { recordPublished } from './record.ts';
import { recordFailure } from './failures.ts';
import { journal } from './step-journal.ts';
import type { Answer } from './keeper/protocol.ts';
import { remember, type RunState } from './state.ts';

/**
 * The swap of `current`: every host prepares, then one word and one rename each, then every host
 * says what it sees. Before the word anything wrong leaves all hosts as they were. After it, a host
 * that answers that its rename failed makes the others go back; a host that says nothing does not,
 * because the word may still reach it.
 */
export const publish = async (state: RunState, planned: PlannedStep): Promise<void> => {
  const began = Date.now();
  const hosts = planned.hosts;
  for (const host of hosts) state.emit({ type: 'host-started', step: planned.id, host });
  const prepared = await prepare(state, planned, hosts);
  if (!prepared) {
    await askAll(state, hosts, ['undo']);
    return;
  }
  state.emit({ type: 'phase', name: 'publish', detail: `${hosts.length} hosts` });
  state.published = 'unsure';
  const answers = await askAll(state, hosts, ['commit']);
  const refused = hosts.filter((host) => answers.get(host)?.ok === false);
  const silent = hosts.filter((host) => answers.get(host) === undefined);
  for (const host of refused) fail(state, planned, host, began, textOf(answers.get(host)));
  for (const host of silent)
    fail(state, planned, host, began, 'it was told to publish and did not answer; it may have');
  if (refused.length > 0 && silent.length === 0) return undo(state, hosts);
  if (silent.length > 0) return;
  await confirmAll(state, planned, hosts, began, answers);
};

const prepare = async (state: RunState, planned: PlannedStep, hosts: readonly string[]): Promise<boolean> => {
  state.emit({ type: 'phase', name: 'prepare', detail: `${hosts.length} hosts` });
  const began = Date.now();
  const ready = await Promise.all(
    hosts.map(async (host) => {
      try {
        if (state.plan.task.release.kind === 'new') await writeRecord(state, host, 'built');
        const keeper = state.keepers.get(host);
        const answer = await keeper?.ask('prepare', `releases/${state.plan.release?.id ?? ''}`, keeper.first);
        if (answer?.ok === true) return true;
        const why =
          answer?.reason === 'changed'
            ? `current was changed meanwhile: it is «${answer.text}» now`
            : (answer?.text ?? 'the keeper is gone');
        fail(state, planned, host, began, why);
      } catch (thrown) {
        recordFailure(state, planned.id, host, failureOf(thrown), (Date.now() - began) / 1000);
      }
      return false;
    }),
  );
  return ready.every((each) => each) && !state.abort.signal.aborted;
};

const confirmAll = async (
  state: RunState,
  planned: PlannedStep,
  hosts: readonly string[],
  began: number,
  answers: ReadonlyMap<string, Answer | undefined>,
): Promise<void> => {
  const wanted = `link releases/${state.plan.release?.id ?? ''}`;
  for (const host of hosts) {
    const seen = textOf(answers.get(host));
    if (seen !== wanted) {
      fail(state, planned, host, began, `after the rename current is «${seen}»`);
      continue;
    }
    const seconds = (Date.now() - began) / 1000;
    remember(state, planned.id, host, null);
    state.timings.push({ step: planned.id, host, seconds });
    state.emit({ type: 'published', host, release: state.plan.release?.id ?? '' });
    state.emit({ type: 'host-succeeded', step: planned.id, host, seconds, result: null });
  }
  state.published = 'yes';
  await Promise.all(hosts.map((host) => journal(state, planned.id, host, 0, null).catch(() => undefined)));
  await recordPublished(state, hosts);
};

const undo = async (state: RunState, hosts: readonly string[]): Promise<void> => {
  state.emit({ type: 'phase', name: 'undo', detail: `${hosts.length} hosts` });
  const answers = await askAll(state, hosts, ['undo']);
  const undone = hosts.filter((host) => answers.get(host)?.ok === true);
  state.published = undone.length === hosts.length ? 'undone' : 'unsure';
};

/** No answer is `undefined`: the keeper is gone and nobody knows. */
const askAll = async (
  { keepers }: RunState,
  hosts: readonly string[],
  words: readonly [string, ...string[]],
): Promise<ReadonlyMap<string, Answer | undefined>> => {
  // All questions leave before the first answer is looked at: the spread between hosts is the send loop.
  const asked = hosts.map(
    (host) =>
      [
        host,
        keepers
          .get(host)
          ?.ask(...words)
          .catch(() => undefined),
      ] as const,
  );
  return new Map(await Promise.all(asked.map(async ([host, answer]) => [host, await answer] as const)));
};

const textOf = (answer: Answer | undefined): string => (answer === undefined ? 'no answer' : answer.text);

const fail = (state: RunState, { id }: PlannedStep, host: string, began: number, message: string): void =>
  recordFailure(state, id, host, { reason: 'thrown', message }, (Date.now() - began) / 1000);
