import { problem, problemText, type Problem } from '../model/problem.ts';
import type { ReleaseId } from '../model/release.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { lockOf } from '../plan/fleet-lock.ts';
import type { Plan } from '../plan/plan.ts';
import { releaseLocks, takeLocks, type Locked } from './locks.ts';
import type { Standing } from './outcome.ts';
import { settle } from './settle.ts';
import { areWhole, asSurveyed, readBack } from './standings.ts';
import { beginRun, type RunDependencies, type RunState } from './state.ts';

/** Surveys and plans again, after somebody else, or this run, has changed what was planned on. */
export type Replan = (because: Because) => Promise<Result<Plan, readonly Problem[]>>;

export interface Because {
  /** The release that every host is on now that an interrupted publish was finished, in whichever direction. */
  readonly settled?: ReleaseId;
}

/** For what an interrupted run left behind, and for what others do between survey and lock: two at once are common, more are not. */
const plansAtMost = 5;

export interface Ready {
  readonly state: RunState;
  readonly locked: Locked;
  /** Where the hosts stand, when the locks that they could be asked with are not held. */
  readonly found?: Readonly<Record<string, Standing>>;
}

/** With the locks, on a plan that is true, and nothing left unfinished by an earlier run; or why not. */
export const readyToGo = async (begun: RunState, dependencies: RunDependencies, replan: Replan): Promise<Ready> => {
  let state = begun;
  let found: Ready['found'];
  for (let plans = 1; ; plans += 1) {
    const locked = await lockUnlessNone(state);
    if (locked.kind === 'ok') return { state, locked };
    if ((locked.kind !== 'changed' && locked.kind !== 'unfinished') || plans === plansAtMost)
      return { state, locked, found: locked.kind === 'failed' ? asSurveyed(state, locked) : {} };
    if (locked.kind === 'unfinished') {
      const unsettled = await settle(state, locked.settlement);
      if (unsettled !== undefined) {
        state.sentence = unsettled.sentence;
        return { state, locked: { ...locked, putBack: unsettled.putBack } };
      }
      found = await readBack(state);
      await releaseLocks(state);
    } else state.emit({ type: 'said', sentence: `${locked.hosts.join(', ')} changed meanwhile; looking again.` });
    const again = await replan(locked.kind === 'unfinished' ? becauseOf(found) : {}).catch((thrown: unknown) => {
      if (found === undefined) throw thrown; // Nothing was changed; whoever asked says so.
      return fail([problem((thrown as Error).message)]);
    });
    const next = again.ok
      ? asAgreed(state.plan, again.value, locked.kind)
      : fail(again.failure.map(problemText).join(' '));
    if (!next.ok) {
      const begun =
        found === undefined ? 'Nothing was begun' : 'The interrupted publish was finished; nothing else was begun';
      const sentence = `${begun}: ${next.failure}`;
      return { state, locked: { kind: 'refused', sentence, settled: found !== undefined }, found: found ?? {} };
    }
    state = beginRun(next.value, dependencies, state.emit);
  }
};

/**
 * A person has agreed to what was shown. After another run, «the one before» and «the newest begun» can be other
 * releases, and what is published over can be what nobody has been shown.
 */
const asAgreed = (plan: Plan, again: Plan, why: 'changed' | 'unfinished'): Result<Plan, string> => {
  const { task, release, resumed } = plan;
  const isOfOneRelease = task.release.kind === 'previous' || (resumed && task.release.kind === 'new');
  const look = 'Look what changed, and run it again.';
  if (isOfOneRelease && release?.id !== again.release?.id)
    return fail(
      `${task.name} was planned for ${release?.id ?? 'no release'}, and would be about ${again.release?.id ?? 'none'} now. ${look}`,
    );
  if (why === 'unfinished') return ok(again);
  if (isOfOneRelease && liveIn(plan) !== liveIn(again))
    return fail(`${task.name} was planned over ${liveIn(plan)}, and ${liveIn(again)} is live now. ${look}`);
  const shown = new Set(plan.shipment?.undone.map(({ hash }) => hash));
  const undone = again.shipment?.undone.filter(({ hash }) => !shown.has(hash)) ?? [];
  const [first] = undone;
  if (first === undefined) return ok(again);
  const commits = undone.length === 1 ? 'a commit' : `${undone.length} commits`;
  return fail(
    `${task.name} would undo ${commits} published meanwhile, ${first.hash.slice(0, 10)} «${first.subject}». ${look}`,
  );
};

/** What its release hosts show. */
const liveIn = ({ hosts, releaseHosts }: Plan): string =>
  [
    ...new Set(
      hosts
        .filter(({ host }) => releaseHosts.includes(host))
        .map(({ current }) => (current.kind === 'release' ? current.id : 'no release')),
    ),
  ]
    .sort()
    .join(', ');

const becauseOf = (found: Ready['found'] = {}): Because => {
  const [first] = Object.values(found);
  return first?.kind === 'release' && areWhole(found) ? { settled: first.id } : {};
};

const lockUnlessNone = (state: RunState): Promise<Locked> =>
  lockOf(state.plan) === 'none' ? Promise.resolve({ kind: 'ok' }) : takeLocks(state);

export const sentenceOf = (locked: Exclude<Locked, { kind: 'ok' }>): string => {
  switch (locked.kind) {
    case 'changed':
      return `${locked.hosts.join(', ')}: another run came in between each time this one looked, the last one ${locked.by}.`;
    case 'unfinished':
      return 'An interrupted publish could not be finished.';
    default:
      return locked.sentence;
  }
};
