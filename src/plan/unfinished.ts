import { settlementOf, type Settlement } from '../model/publish-record.ts';
import type { HostSurvey } from '../model/survey.ts';

/** A publish that was interrupted and that the next run finishes before it begins. */
export type UnfinishedPublish = Exclude<Settlement, { kind: 'settled' }>;

/** What the hosts' records say of a publish that was interrupted; nothing when the last one is over. */
export const unfinishedPublish = (hosts: readonly RecordOnHost[]): UnfinishedPublish | undefined => {
  const settlement = settlementOf(hosts.map(witness));
  return settlement.kind === 'settled' ? undefined : settlement;
};

/**
 * The hosts as the run finds them when it begins its own work: an interrupted publish that was decided is
 * finished before, and what is live is then its release. Where it is taken back or given up, they are as
 * they are: whoever asks to go back from a fleet in two halves means the older one.
 */
export const asSettled = (hosts: readonly HostSurvey[]): readonly HostSurvey[] => {
  const unfinished = unfinishedPublish(hosts);
  if (unfinished?.kind !== 'forward') return hosts;
  const { release, participants } = unfinished.record;
  return hosts.map((host) =>
    host.host in participants ? { ...host, current: { kind: 'release', id: release, exists: true } } : host,
  );
};

/** What is read of a host: in a survey, or by its keeper with the lock held. */
type RecordOnHost = Pick<HostSurvey, 'host' | 'txn'>;

const witness = ({ host, txn }: RecordOnHost) => ({ host, record: txn.kind === 'record' ? txn.record : undefined });

/** «the publish of 2026-11-20_14.05.33 (deploy by ana on laptop)». */
export const publishWords = ({ record: { release, task, user, machine } }: UnfinishedPublish): string =>
  `the publish of ${release} (${task} by ${user} on ${machine})`;
