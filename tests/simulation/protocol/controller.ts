import type { Settlement } from '../../../src/model/publish-record.ts';
import type { Rules } from './rules.ts';
import { witnesses, type Link, type ModelHost, type ModelState, type Waiting, type Word } from './state.ts';

/** What a controller does when everybody has answered or is not heard any more. */
interface Move {
  readonly waiting: Waiting | 'over';
  /** Undefined for a host that gets none. */
  readonly word?: (host: ModelHost, at: number) => Word | undefined;
  /** What it tells its user from now on. */
  readonly promises?: Link;
  readonly wrong?: string;
}

/** How the last words went. */
interface Answers {
  /** Every host of this controller has answered `ok`. */
  readonly ok: boolean;
  /** Every host has answered, whatever. */
  readonly complete: boolean;
}

const over: Move = { waiting: 'over' };
const toAll = (waiting: Waiting, word: Word): Move => ({ waiting, word: () => word });

/** Undefined while somebody's answer is waited for. */
export const advance = (
  state: ModelState,
  index: number,
  rules: Rules,
): { readonly state: ModelState; readonly wrong: string | undefined } | undefined => {
  const controller = state.controllers[index];
  if (controller === undefined || controller.waiting === 'over') return undefined;
  const heard = state.hosts.filter((host) => isHeard(host, index));
  if (heard.some(({ keeper }) => keeper?.answer === undefined)) return undefined;
  const answers = {
    complete: heard.length === controller.size,
    ok: heard.length === controller.size && heard.every(({ keeper }) => keeper?.answer === 'ok'),
  };
  const move =
    index === 0
      ? publisher(controller.waiting, answers, rules)
      : settler(controller.waiting, answers, state, index, rules);
  return { state: moved(state, index, move), wrong: move.wrong ?? broken(state, move) };
};

const isHeard = ({ keeper }: ModelHost, index: number): boolean => keeper?.of === index && keeper.heard;

const broken = ({ promised }: ModelState, { promises }: Move): string | undefined =>
  promised !== undefined && promises !== undefined && promised !== promises
    ? `one run said ${promised}, a later one ${promises}`
    : undefined;

/** The run that publishes (src/run/publish.ts). */
const publisher = (waiting: Waiting, { ok, complete }: Answers, rules: Rules): Move => {
  switch (waiting) {
    case 'preparing':
      if (!ok) return toAll('aborting', 'aborted');
      if (rules.decision === 'after the first rename') return toAll('renaming', 'rename');
      return rules.decision === 'on one'
        ? { waiting: 'deciding', word: (_, at) => (at === 0 ? 'decided' : undefined) }
        : toAll('deciding', 'decided');
    case 'deciding':
      if (rules.decision === 'after the first rename')
        return ok ? { ...toAll('publishing', 'published'), promises: 'new' } : over;
      return ok ? toAll('renaming', 'rename') : toAll('aborting', 'aborted');
    case 'renaming':
      if (ok && rules.decision === 'after the first rename') return toAll('deciding', 'decided');
      if (ok) return { ...toAll('publishing', 'published'), promises: 'new' };
      if (!complete && !rules.silenceUndoes) return over;
      return rules.undoRecorded ? toAll('undoing', 'undo') : toAll('putting back', 'put back');
    case 'undoing':
      return ok || rules.silenceUndoes ? toAll('putting back', 'put back') : over;
    case 'putting back':
      return ok ? { ...toAll('closing', 'undone'), promises: 'old' } : over;
    case 'aborting':
      return ok ? { ...over, promises: 'old' } : over;
    default:
      return over;
  }
};

/** A later run that first settles what it finds, on the hosts that it reached. */
const settler = (waiting: Waiting, { ok, complete }: Answers, state: ModelState, index: number, rules: Rules): Move => {
  const reachesAll = state.controllers[index]?.size === state.hosts.length;
  switch (waiting) {
    case 'claiming':
      return ok ? taken(state, index, rules) : over;
    case 'deciding':
      if (ok) return { waiting: 'renaming', word: ({ link }) => (link === 'old' ? 'rename' : undefined) };
      // Who has renamed and cannot write its record turns nobody: all may have renamed, and one been told.
      return complete &&
        mayTurnBack(state, reachesAll, rules) &&
        (rules.turnsBack !== 'carefully' || !refusedBy(state, index, 'new'))
        ? toAll('undoing', 'undo')
        : over;
    case 'renaming':
      if (ok) return { ...toAll('publishing', 'published'), ...(reachesAll ? { promises: 'new' as const } : {}) };
      return complete && mayTurnBack(state, reachesAll, rules) ? toAll('undoing', 'undo') : over;
    case 'publishing':
      return ok ? { ...over, promises: 'new' } : over;
    case 'undoing':
      return ok ? { waiting: 'putting back', word: ({ link }) => (link === 'new' ? 'put back' : undefined) } : over;
    case 'putting back':
      return ok ? toAll('closing', 'undone') : over;
    case 'closing':
    case 'aborting':
      return ok ? { ...over, promises: 'old' } : over;
    default:
      return over;
  }
};

const mayTurnBack = ({ hosts }: ModelState, reachesAll: boolean, { turnsBack }: Rules): boolean =>
  turnsBack === 'carefully' ? reachesAll && !hosts.some(isClosed) : turnsBack !== 'never';

const refusedBy = ({ hosts }: ModelState, index: number, at: Link): boolean =>
  hosts.some((host) => isHeard(host, index) && host.keeper?.answer === 'no' && host.link === at);

const isClosed = ({ record }: ModelHost): boolean => record?.phase === 'closed';

/** All locked and the epoch claimed: the rule says what is to be done. */
const taken = (state: ModelState, index: number, rules: Rules): Move => {
  const reached = state.hosts.filter((host) => isHeard(host, index));
  const settlement = rules.settle(witnesses(state.hosts, (host) => isHeard(host, index)));
  if (settlement.kind !== 'settled') return firstMove(settlement.kind, rules);
  const [first] = reached;
  return reached.every(({ link }) => link === first?.link) ? over : { ...over, wrong: 'called settled, and split' };
};

/** What is closed as published stays so: it is the proof that somebody may have been told. */
const firstMove = (kind: Exclude<Settlement['kind'], 'settled'>, { reopens }: Rules): Move => {
  switch (kind) {
    case 'forward':
      return {
        waiting: 'deciding',
        word: ({ record }) => (!reopens && record?.ended === 'published' ? undefined : 'decided'),
      };
    case 'back':
      return toAll('undoing', 'undo');
    case 'abort':
      return toAll('aborting', 'aborted');
  }
};

const moved = (state: ModelState, index: number, move: Move): ModelState => ({
  hosts: state.hosts.map((host, at) => {
    if (!isHeard(host, index)) return host;
    if (move.waiting === 'over') return { ...host, keeper: undefined };
    const word = move.word?.(host, at);
    // Who is asked nothing has nothing to add, which is as good as an answer.
    return { ...host, keeper: { of: index, heard: true, word, answer: word === undefined ? 'ok' : undefined } };
  }),
  controllers: state.controllers.map((each, at) => (at === index ? { ...each, waiting: move.waiting } : each)),
  promised: state.promised ?? move.promises,
});
