import { failureOf } from '../model/failure.ts';
import { startKeeper, type Keeper } from './keeper/keeper.ts';
import type { Answer } from './keeper/protocol.ts';
import { surveyOf, type RunState } from './state.ts';

/** Another run may be letting go just now: four tries over one second. */
const pauses = [0, 200, 300, 500];

export type Locked =
  | { readonly kind: 'ok' }
  | { readonly kind: 'held'; readonly sentence: string }
  /** `current` is not what the survey saw. */
  | { readonly kind: 'changed'; readonly hosts: readonly string[] }
  | { readonly kind: 'failed'; readonly sentence: string };

type Refused = Extract<Locked, { sentence: string }>;

/**
 * Starts a keeper on every host of the run and takes the fleet's lock: the first host in name order
 * first, so that of two runs one loses at once, then the others together. On every host or on none.
 */
export const takeLocks = async (state: RunState): Promise<Locked> => {
  state.emit({ type: 'phase', name: 'lock', detail: `${state.plan.hosts.length} hosts` });
  const failed = await startKeepers(state);
  if (failed !== undefined) return giveUp(state, { kind: 'failed', sentence: failed });
  const names = [...state.keepers.keys()].sort();
  const [first, ...others] = state.plan.task.lock === 'exclusive' ? names : [];
  const refusals =
    first === undefined
      ? []
      : ((await lockOn(state, first)) ?? (await Promise.all(others.map((host) => lockOn(state, host)))).flat());
  const [refused] = Array.isArray(refusals) ? refusals.filter((each) => each !== undefined) : [refusals];
  if (refused !== undefined) return giveUp(state, refused);
  const changed = state.plan.task.lock === 'exclusive' ? changedHosts(state) : [];
  if (changed.length > 0) return giveUp(state, { kind: 'changed', hosts: changed });
  for (const keeper of state.keepers.values()) watch(state, keeper);
  return { kind: 'ok' };
};

/** Ends every keeper: locks, liveness and prepared links go with them. */
export const releaseLocks = async (state: RunState): Promise<void> => {
  const keepers = [...state.keepers.values()];
  state.keepers.clear();
  await Promise.all(keepers.map((keeper) => keeper.end()));
};

const giveUp = async <Kind extends Locked>(state: RunState, answer: Kind): Promise<Kind> => {
  await releaseLocks(state);
  return answer;
};

const startKeepers = async (state: RunState): Promise<string | undefined> => {
  const failures = await Promise.all(
    state.plan.hosts.map(async (survey) => {
      try {
        const keeper = await startKeeper({
          connection: state.fleet.on(survey.host),
          survey,
          sudoUser: state.sudoUser,
          path: state.path,
        });
        state.keepers.set(survey.host, keeper);
        const alive = await keeper.ask('alive', `.fab/alive-${state.mark}`);
        return alive.ok ? undefined : `${survey.host}: the keeper cannot work there: ${alive.reason} ${alive.text}`;
      } catch (thrown) {
        const failure = failureOf(thrown);
        return `${survey.host}: the keeper did not start: ${failure.reason === 'command' ? failure.output || 'no output' : (thrown as Error).message}`;
      }
    }),
  );
  return failures.find((failure) => failure !== undefined);
};

const lockOn = async (state: RunState, host: string): Promise<Refused | undefined> => {
  const keeper = state.keepers.get(host);
  let answer: Answer | undefined;
  for (const pause of pauses) {
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    answer = await keeper?.ask('lock', '.fab/lock', '.fab/owner', ownerText(state)).catch(lostAnswer);
    if (answer?.ok === true) return undefined;
    if (answer?.ok === false && answer.reason !== 'held')
      return { kind: 'failed', sentence: `${host} cannot be locked: ${answer.text}` };
  }
  const owner = answer?.ok === false ? ownerSentence(answer.text) : 'by another run';
  return { kind: 'held', sentence: `${host} is locked ${owner}.` };
};

const lostAnswer = (): Answer => ({ ok: false, reason: 'error', text: 'the connection was lost' });

const ownerText = ({ info, plan }: RunState): string =>
  JSON.stringify({
    user: info.user,
    machine: info.machine,
    pid: String(process.pid),
    task: plan.task.name,
    since: info.startedAt.toISOString(),
    run: plan.id,
  });

/** «by ana on laptop: deploy, since 14:05:33 UTC (4 minutes), process 812». */
export const ownerSentence = (text: string, now = new Date()): string => {
  const owner = parsedOwner(text);
  if (owner === undefined) return 'by another run';
  const { user, machine, task, since, pid } = owner;
  const minutes = Math.round((now.getTime() - Date.parse(since)) / 60_000);
  return `by ${user} on ${machine}: ${task}, since ${since.slice(11, 19)} UTC (${minutes} min), process ${pid}`;
};

type Owner = Readonly<Record<'user' | 'machine' | 'pid' | 'task' | 'since' | 'run', string>>;

/** Whatever stands in the file; one that a person or another tool wrote is no reason to fail. */
const parsedOwner = (text: string): Owner | undefined => {
  try {
    const owner = JSON.parse(text) as Partial<Owner> | null;
    return typeof owner?.since === 'string' && typeof owner.user === 'string' ? (owner as Owner) : undefined;
  } catch {
    return undefined;
  }
};

/** Between survey and lock somebody may have published: what was planned is then no longer true. */
const changedHosts = (state: RunState): readonly string[] =>
  [...state.keepers.values()]
    .filter(({ host, first }) => !sameCurrent(first, surveyOf(state, host).current))
    .map(({ host }) => host);

const sameCurrent = (first: string, current: ReturnType<typeof surveyOf>['current']): boolean => {
  switch (current.kind) {
    case 'absent':
      return first === 'absent';
    case 'not-a-link':
      return first === 'real';
    case 'foreign':
      return first === `link ${current.target}`;
    case 'release':
      return first.startsWith('link ') && first.endsWith(`releases/${current.id}`);
  }
};

/** A keeper that ends before it is told to takes the lock with it: nothing more may be changed. */
const watch = (state: RunState, keeper: Keeper): void => {
  void keeper.gone.then(() => {
    if (!state.keepers.has(keeper.host) || state.abort.signal.aborted) return;
    state.sentence ??= `The lock on ${keeper.host} was lost: the connection or the keeper there ended.`;
    state.abort.abort(new Error(state.sentence));
  });
};
