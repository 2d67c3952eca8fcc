import { failureOf } from '../model/failure.ts';
import { unfinishedPublish, type UnfinishedPublish } from '../plan/unfinished.ts';
import { shutOthersOut } from './fence.ts';
import { startKeeper, type Keeper } from './keeper/keeper.ts';
import { textOf } from './keeper/ask-all.ts';
import type { Answer } from './keeper/protocol.ts';
import { readHeldState } from './keeper/held-state.ts';
import { changedMeanwhile } from './changed-meanwhile.ts';
import { ownerSentence, ownerText } from './owner.ts';
import { pause } from './pause.ts';
import { nextCommand } from './next-command.ts';
import type { RunState } from './state.ts';

/** Another run may be letting go just now: four tries over one second. */
const pauses = [0, 200, 300, 500];

export type Locked =
  | { readonly kind: 'ok' }
  | { readonly kind: 'held'; readonly sentence: string }
  /** `current`, the record or the releases are not what the survey saw, or a run was at work; the last one `by` whom. */
  | { readonly kind: 'changed'; readonly hosts: readonly string[]; readonly by: string }
  /** The locks are held, and an earlier publish is to be finished first (settle.ts); `putBack`: it was taken back instead. */
  | { readonly kind: 'unfinished'; readonly settlement: UnfinishedPublish; readonly putBack?: boolean }
  /** A host could not be locked, so nobody can say where it stands. */
  | { readonly kind: 'failed'; readonly host: string; readonly sentence: string }
  /** Planned again, it is not possible any more; `settled`: an interrupted publish was finished before. */
  | { readonly kind: 'refused'; readonly sentence: string; readonly settled: boolean };

export type Refused = Extract<Locked, { kind: 'held' | 'failed' }>;

/**
 * Starts a keeper on every host of the run and takes the fleet's lock: the first host in name order
 * first, so that of two runs one loses at once, then the others together. On every host or on none.
 * Whoever has it looks again at what the survey saw, and shuts the commands of older runs out.
 */
export const takeLocks = async (state: RunState): Promise<Locked> => {
  state.emit({ type: 'phase', name: 'lock', detail: `${state.plan.hosts.length} hosts` });
  const started = await startKeepers(state);
  if (started.kind === 'failed') return giveUp(state, started);
  const locked = state.plan.task.lock === 'exclusive' ? await lockAll(state) : undefined;
  const refused = (await started.alive()) ?? locked;
  if (refused !== undefined) return giveUp(state, refused);
  for (const keeper of state.keepers.values()) watch(state, keeper);
  if (state.plan.task.lock !== 'exclusive') return { kind: 'ok' };
  const changed = changedMeanwhile(state);
  if (changed !== undefined) return giveUp(state, changed);
  const shut = await shutOthersOut(state);
  if (shut !== undefined) return giveUp(state, shut);
  const settlement = unfinishedPublish([...state.found].map(([host, { txn }]) => ({ host, txn })));
  return settlement === undefined ? { kind: 'ok' } : { kind: 'unfinished', settlement };
};

/** Ends every keeper: locks, liveness and prepared links go with them. */
export const releaseLocks = async (state: RunState): Promise<void> => {
  const keepers = [...state.keepers.values()];
  state.keepers.clear();
  await Promise.all(keepers.map((keeper) => keeper.end()));
};

const lockAll = async (state: RunState): Promise<Refused | undefined> => {
  const [first, ...others] = [...state.keepers.keys()].sort();
  if (first === undefined) return undefined;
  const refused = await lockOn(state, first);
  if (refused !== undefined) return refused;
  const answers = await Promise.all(others.map((host) => lockOn(state, host)));
  return answers.find((answer) => answer !== undefined);
};

const giveUp = async <Kind extends Locked>(state: RunState, answer: Kind): Promise<Kind> => {
  await releaseLocks(state);
  return answer;
};

type Failed = Extract<Refused, { kind: 'failed' }>;

interface Started {
  readonly kind: 'ok';
  /** Whether every keeper has its sign of life, which its host answers while the locks are being asked for. */
  alive(): Promise<Failed | undefined>;
}

const startKeepers = async (state: RunState): Promise<Started | Failed> => {
  const signs: Promise<Failed | undefined>[] = [];
  const failures = await Promise.all(
    state.plan.hosts.map(async (survey): Promise<Failed | undefined> => {
      const { host } = survey;
      try {
        const keeper = await startKeeper({
          connection: state.fleet.on(host),
          survey,
          sudoUser: state.sudoUser,
          path: state.path,
          lease: state.lease,
          next: nextCommand(state, host),
        });
        state.keepers.set(host, keeper);
        signs.push(signOfLife(state, host, keeper));
        return undefined;
      } catch (thrown) {
        return notStarted(host, thrown);
      }
    }),
  );
  return (
    failures.find((failure) => failure !== undefined) ?? {
      kind: 'ok',
      alive: async () => (await Promise.all(signs)).find((failure) => failure !== undefined),
    }
  );
};

const signOfLife = async ({ mark }: RunState, host: string, keeper: Keeper): Promise<Failed | undefined> => {
  try {
    const alive = await keeper.ask('alive', `.fab/alive-${mark}`);
    if (alive.ok) return undefined;
    return { kind: 'failed', host, sentence: `${host}: the keeper cannot work there: ${textOf(alive)}` };
  } catch (thrown) {
    return notStarted(host, thrown);
  }
};

const notStarted = (host: string, thrown: unknown): Failed => {
  const failure = failureOf(thrown);
  const why = failure.reason === 'command' ? failure.output || 'no output' : (thrown as Error).message;
  return { kind: 'failed', host, sentence: `${host}: the keeper did not start: ${why}` };
};

/** With the lock, and one wait for both, what the host is like from now on until this run changes it. */
const lockOn = async (state: RunState, host: string): Promise<Refused | undefined> => {
  const keeper = state.keepers.get(host);
  let answer: Answer | undefined;
  for (const wait of pauses) {
    await pause(wait);
    const locked = keeper?.ask('lock', '.fab/lock', '.fab/owner', ownerText(state)).catch(lostAnswer);
    const seen = keeper?.ask('state').catch(lostAnswer);
    answer = await locked;
    if (answer?.ok === true) return found(state, host, await seen);
    if (answer?.ok === false && answer.reason !== 'held')
      return { kind: 'failed', host, sentence: `${host} cannot be locked: ${answer.text}` };
  }
  const owner = answer?.ok === false ? ownerSentence(answer.text) : 'by another run';
  return { kind: 'held', sentence: `${host} is locked ${owner}.` };
};

const found = (state: RunState, host: string, answer: Answer | undefined): Refused | undefined => {
  if (answer?.ok !== true) return { kind: 'failed', host, sentence: `${host} cannot be read: ${textOf(answer)}.` };
  state.found.set(host, readHeldState(answer.text));
  return undefined;
};

const lostAnswer = (): Answer => ({ ok: false, reason: 'error', text: 'the connection was lost' });

/** A keeper that ends before it is told to takes the lock with it: nothing more may be changed. */
const watch = (state: RunState, keeper: Keeper): void => {
  void keeper.gone.then(() => {
    if (!state.keepers.has(keeper.host) || state.abort.signal.aborted) return;
    state.sentence ??= `The lock on ${keeper.host} was lost: the connection or the keeper there ended.`;
    state.abort.abort(new Error(state.sentence));
  });
};
