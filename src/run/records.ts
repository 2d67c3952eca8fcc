import type { PublishRecord } from '../model/publish-record.ts';
import { publishRecordText } from '../model/publish-record.ts';
import type { PlannedRelease } from '../plan/plan.ts';
import { releaseHostNames } from '../plan/release-hosts.ts';
import { linkIn } from './keeper/held-state.ts';
import { runName } from './record.ts';
import type { RunState } from './state.ts';

/** The record of this run's publish on these hosts, in its first phase. */
export const newRecord = (
  state: RunState,
  hosts: readonly string[],
  release: PlannedRelease = releaseOf(state),
): PublishRecord => {
  const { plan, info } = state;
  return {
    v: 1,
    epoch: epochOf(state),
    run: runName(state),
    task: plan.task.name,
    release: release.id,
    commit: release.commit ?? null,
    phase: 'prepared',
    participants: Object.fromEntries(hosts.map((host) => [host, linkIn(state.found.get(host)?.current ?? 'absent')])),
    behind: behindOf(state),
    user: info.user,
    machine: info.machine,
    at: new Date().toISOString(),
  };
};

const behindOf = ({ plan, inventory, redact }: RunState): PublishRecord['behind'] => {
  const meant = releaseHostNames({ task: plan.task, inventory });
  return Object.fromEntries(
    plan.leftOut.filter(({ host }) => meant.includes(host)).map(({ host, sentence }) => [host, redact(sentence)]),
  );
};

export const releaseOf = ({ plan }: RunState): PlannedRelease => {
  if (plan.release === undefined) throw new Error(`${plan.task.name} publishes and has no release.`);
  return plan.release;
};

export const epochOf = ({ epoch }: RunState): number => {
  if (epoch === undefined) throw new Error('Only a run that holds the lock of the fleet publishes.');
  return epoch;
};

type Later = Pick<PublishRecord, 'phase'> & Partial<Pick<PublishRecord, 'ended' | 'epoch'>>;

/** A record's text in a later phase. */
export const inPhase = (record: PublishRecord, later: Later): string =>
  publishRecordText({ ...record, ...later, at: new Date().toISOString() });
