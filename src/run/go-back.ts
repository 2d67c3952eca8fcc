import { previousRelease } from '../model/release-choice.ts';
import { plannedSteps } from '../plan/planned-steps.ts';
import type { PlannedRelease, PlannedStep } from '../plan/plan.ts';
import { publishRelease } from './publish.ts';
import { runAgain } from './steps.ts';
import { surveyOf, type RunState } from './state.ts';
import { whatRuns } from './what-runs.ts';

/**
 * `--on-failure rollback`: a step after publishing has failed, so the release that was live before is
 * published again by the same rounds, and what was brought to the new release is brought back: only on
 * hosts where that had begun. The run has failed all the same.
 */
export const goBackIfAsked = async (state: RunState): Promise<void> => {
  const { plan, failures, abort } = state;
  const goesBack = state.published === 'yes' && plan.params['on_failure'] === 'rollback' && !abort.signal.aborted;
  if (failures.length === 0 && !abort.signal.aborted) return;
  const before = releaseBefore(state);
  if (!goesBack) return sayWhatRuns(state, before);
  const stay = typeof before === 'string' ? before : migrated(state);
  if (stay !== undefined || typeof before === 'string') {
    state.emit({ type: 'said', sentence: `The new release stays, though going back was asked for: ${stay ?? ''}.` });
    sayWhatRuns(state, before);
    return;
  }
  state.emit({ type: 'said', sentence: `A step after publishing failed: going back to ${before.id}.` });
  const hosts = plan.releaseHosts;
  if (!(await publishRelease({ state, step: 'release.go-back', hosts, began: Date.now(), release: before }))) return;
  state.published = 'undone';
  await restartAgain(state, before);
};

const sayWhatRuns = (state: RunState, before: PlannedRelease | string): void => {
  const begun = plannedSteps(state.plan.nodes).some(
    ({ id, step, hosts }) => step.kind === 'operation' && step.restarts && begunOn(state, { id, hosts }).length > 0,
  );
  const sentence = begun ? whatRuns(state, typeof before === 'string' ? undefined : before.id) : undefined;
  if (sentence !== undefined) state.emit({ type: 'said', sentence });
};

/** The one release that every host had before this run, or why there is none, in words. */
const releaseBefore = (state: RunState): PlannedRelease | string => {
  const surveys = state.plan.releaseHosts.map((host) => surveyOf(state, host));
  const names = new Set(
    surveys.map(({ current }) => (current.kind === 'release' && current.exists ? current.id : undefined)),
  );
  const [id] = names;
  if (names.size !== 1) return 'the hosts were on different releases before';
  if (id === undefined) return 'no release was live before';
  if (id === state.plan.release?.id) return 'an earlier run had published it, so `rollback` is what goes back';
  const record = surveys.flatMap(({ releases }) => releases.filter(({ name }) => name === id))[0]?.record;
  return { id, commit: record?.commit ?? undefined, ref: record?.ref ?? undefined };
};

const migrated = ({ plan, results }: RunState): string | undefined => {
  const step = plannedSteps(plan.nodes).find(
    (planned) => planned.step.kind === 'operation' && planned.step.migrates && results.has(planned.id),
  );
  if (step !== undefined) return `${step.id} has changed data that the older code may not understand`;
  const brought = plan.shipment?.migrations ?? [];
  return brought.length === 0 ? undefined : `it came with migrations: ${brought.join(', ')}`;
};

/** With the state of a run about the older release: nothing of it is journalled, and its failures are added. */
const restartAgain = async (state: RunState, release: PlannedRelease): Promise<void> => {
  const plan = { ...state.plan, release, task: { ...state.plan.task, release: previousRelease } };
  const back: RunState = { ...state, plan, failures: [], sentence: undefined };
  await runAgain(back, state.plan.nodes, (planned) =>
    planned.step.kind === 'operation' && planned.step.restarts ? begunOn(state, planned) : [],
  );
  state.failures.push(...back.failures);
};

const begunOn = (
  { results, failures }: RunState,
  { id, hosts }: Pick<PlannedStep, 'id' | 'hosts'>,
): readonly string[] =>
  hosts.filter(
    (host) => results.get(id)?.has(host) === true || failures.some((each) => each.step === id && each.host === host),
  );
