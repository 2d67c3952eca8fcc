import type { ReleaseRecord } from '../model/release-choice.ts';
import { shownParams } from '../model/param.ts';
import { stepIds } from '../plan/planned-steps.ts';
import type { RunState } from './state.ts';

/**
 * Makes the release's directory, takes its lock, writes its record. A directory that exists
 * already belongs to another run unless this one resumes it.
 */
export const createOn = async (state: RunState, host: string): Promise<void> => {
  const { plan } = state;
  const id = plan.release?.id ?? plan.id;
  // Made elsewhere and renamed into place with its lock held: cleaning never meets it unlocked.
  const made = await ask(state, host, 'begin', `releases/${id}`);
  if (!made.ok && made.reason === 'exists' && plan.resumed) await takeReleaseLock(state, host);
  else if (!made.ok) throw new Error(`releases/${id} cannot be made: ${made.reason} ${made.text}`.trim());
  // One wait for all three: none of them needs another.
  await Promise.all([
    must(state, host, 'dirs', 'shared'),
    must(state, host, 'dirs', 'log'),
    writeRecord(state, host, 'building'),
  ]);
};

/** Held while the release is being built: cleaning on another controller leaves it alone. */
export const takeReleaseLock = async (state: RunState, host: string): Promise<void> => {
  const id = state.plan.release?.id ?? state.plan.id;
  const locked = await ask(state, host, 'lock', `releases/${id}/.fab/lock`, '', '');
  if (!locked.ok) throw new Error(locked.reason === 'held' ? `Another run is building ${id} on ${host}.` : locked.text);
};

/** `.fab/release.json`, whole or not at all. */
export const writeRecord = async (
  state: RunState,
  host: string,
  stage: ReleaseRecord['state'],
  more: Partial<ReleaseRecord> = {},
): Promise<void> => {
  const { plan, info, toolVersion } = state;
  if (plan.release === undefined) return;
  const record: ReleaseRecord = {
    version: 1,
    id: plan.release.id,
    task: plan.task.name,
    commit: plan.release.commit ?? null,
    ref: plan.release.ref ?? null,
    user: info.user,
    machine: info.machine,
    tool: toolVersion,
    createdAt: info.startedAt.toISOString(),
    state: stage,
    steps: stepIds(plan.nodes),
    params: shownParams(plan.params) as Record<string, unknown>,
    environment: plan.environment,
    ...more,
  };
  await must(state, host, 'put', `releases/${plan.release.id}/.fab/release.json`, state.redact(JSON.stringify(record)));
};

type Words = readonly [word: string, ...args: readonly string[]];

const ask = (state: RunState, host: string, ...words: Words) => {
  const keeper = state.keepers.get(host);
  if (keeper === undefined) throw new Error(`There is no keeper on ${host}: a task that makes releases needs a lock.`);
  return keeper.ask(...words);
};

const must = async (state: RunState, host: string, ...words: Words): Promise<void> => {
  const answer = await ask(state, host, ...words);
  if (!answer.ok) throw new Error(answer.text === '' ? answer.reason : answer.text);
};
