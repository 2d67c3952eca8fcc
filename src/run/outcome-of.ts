import type { PublishRecord } from '../model/publish-record.ts';
import { engineStepsIn } from '../model/step.ts';
import type { Locked } from './locks.ts';
import type { Outcome, Standing, StepFailure } from './outcome.ts';
import { areWhole } from './standings.ts';
import { isInterrupted, type RunState } from './state.ts';
import { slowestOfEach, timeSpent } from './time-spent.ts';

const signalStatus = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** How the run ended, from what failed and where the hosts stand. */
export const outcomeOf = (state: RunState, standings: Readonly<Record<string, Standing>>, locked: Locked): Outcome => {
  const { plan, failures, sentence } = state;
  const { ending, status } = endingOf(state, standings, locked);
  const spent = timeSpent(state);
  return {
    status,
    ending,
    release: plan.release?.id,
    commit: plan.release?.commit,
    standings,
    failures,
    ...(sentence === undefined ? {} : { sentence }),
    resumable: ending !== 'done' && locked.kind === 'ok' && isResumable(state),
    seconds: (Date.now() - plan.startedAt.getTime()) / 1000,
    timings: slowestOfEach(state.timings),
    ...(spent === undefined ? {} : { spent }),
    logDirectory: state.logDirectory,
  };
};

/** Before its release is there, a resume would find another one. */
const isResumable = ({ plan, results }: RunState): boolean =>
  plan.task.release.kind === 'new' &&
  (plan.resumed || results.has('release.create')) &&
  engineStepsIn(plan.task.steps).some(({ action }) => action === 'publish');

type Ending = Pick<Outcome, 'ending' | 'status'>;

const endingOf = (state: RunState, standings: Readonly<Record<string, Standing>>, locked: Locked): Ending => {
  const { failures, plan, abort, sentence } = state;
  const reason = abort.signal.reason as unknown;
  if (locked.kind === 'held' && isInterrupted(reason))
    return { ending: 'interrupted', status: signalStatus[reason.by] };
  if (locked.kind === 'held' || locked.kind === 'changed') return { ending: 'locked', status: 3 };
  if (locked.kind === 'unfinished')
    return locked.putBack === true && areWhole(standings) && cameFromOne(locked.settlement.record)
      ? { ending: 'failed', status: 1 }
      : { ending: 'split', status: 4 };
  if (plan.task.exitStatus === 'remote') return remoteEnding(state);
  // Where the hosts stand matters more to whoever reads the status than why it came to that.
  if (locked.kind === 'failed' && !areWhole(standings)) return { ending: 'split', status: 4 };
  if (isInterrupted(reason) && locked.kind === 'refused' && areWhole(standings))
    return { ending: 'interrupted', status: signalStatus[reason.by] };
  if (locked.kind === 'refused' && areWhole(standings)) return { ending: 'failed', status: locked.settled ? 1 : 2 };
  if (locked.kind === 'refused') return { ending: 'split', status: 4 };
  if (!areWhole(standings) && state.published !== 'no' && state.published !== 'held')
    return { ending: 'split', status: 4 };
  if (isInterrupted(reason)) return { ending: 'interrupted', status: signalStatus[reason.by] };
  if (state.published !== 'undone' && failures.length > 0 && failures.every(isNotYet))
    return { ending: 'not-yet', status: 5 };
  if (failures.length > 0 || sentence !== undefined || abort.signal.aborted)
    return areWhole(standings) ? { ending: 'failed', status: 1 } : { ending: 'split', status: 4 };
  if (state.published === 'held') return { ending: 'done', status: 0 };
  return shows(state, standings) ? { ending: 'done', status: 0 } : { ending: 'split', status: 4 };
};

/** A task may have no release hosts of its own to read back; what the participants were put back to, the record says. */
const cameFromOne = ({ participants }: PublishRecord): boolean => new Set(Object.values(participants)).size === 1;

const isNotYet = ({ failure }: StepFailure): boolean => failure.reason === 'not-yet';

/** Success is what every release host says: this release, this commit. */
const shows = ({ plan }: RunState, standings: Readonly<Record<string, Standing>>): boolean =>
  plan.releaseHosts.every((host) => {
    const standing = standings[host];
    if (standing?.kind !== 'release' || standing.id !== plan.release?.id) return false;
    return (
      plan.release.commit === undefined || standing.commit === undefined || standing.commit === plan.release.commit
    );
  });

/** `run` and `manage` pass the remote status on; a fault of ours is 125, a killed command 128 + signal. */
const remoteEnding = ({ failures, abort, sentence }: RunState): Ending => {
  const reason = abort.signal.reason as unknown;
  if (isInterrupted(reason)) return { ending: 'interrupted', status: signalStatus[reason.by] };
  if (sentence !== undefined) return { ending: 'failed', status: 125 };
  return failures.length === 0
    ? { ending: 'done', status: 0 }
    : { ending: 'failed', status: Math.max(...failures.map(remoteStatus)) };
};

const signalNumbers: Readonly<Record<string, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ABRT: 6,
  KILL: 9,
  SEGV: 11,
  PIPE: 13,
  TERM: 15,
};

const remoteStatus = ({ failure }: StepFailure): number => {
  if (failure.reason !== 'command' || failure.status === undefined) return 125;
  if (typeof failure.status === 'number') return failure.status;
  return 128 + (signalNumbers[failure.status.replace(/^SIG/, '')] ?? 0);
};
