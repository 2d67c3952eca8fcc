import { releaseInLink } from '../model/release.ts';
import type { PublishRecord } from '../model/publish-record.ts';
import type { UnfinishedPublish } from '../plan/unfinished.ts';
import { askAll, saidNo, silent, textOf, type Answers } from './keeper/ask-all.ts';
import { linkIn } from './keeper/held-state.ts';
import { putBack } from './publish.ts';
import { recordPublished } from './record.ts';
import { epochOf, inPhase } from './records.ts';
import type { RunState } from './state.ts';
import { journalPublished } from './step-journal.ts';

/** Why an interrupted publish could not be finished. */
export interface Unsettled {
  readonly sentence: string;
  /** Every host was put back instead: it is over, the other way. */
  readonly putBack: boolean;
}

/**
 * Finishes an interrupted publish in the only direction that its records allow, with the locks of all
 * its participants held, and this run's higher number on every record that is open before anything is renamed.
 * @returns why it could not be finished; nothing is half done that the records do not say.
 */
export const settle = async (state: RunState, settlement: UnfinishedPublish): Promise<Unsettled | undefined> => {
  const { kind, record } = settlement;
  const participants = Object.keys(record.participants);
  const hosts = participants.filter((host) => state.keepers.has(host));
  const missing = participants.filter((host) => !state.keepers.has(host));
  if (missing.length > 0 && !mayLeave(state, participants, hosts)) return stuck(cannotAsk(settlement, missing));
  const mine: PublishRecord = {
    ...record,
    epoch: epochOf(state),
    behind: { ...record.behind, ...Object.fromEntries(missing.map((host) => [host, 'it could not be asked'])) },
  };
  state.emit({ type: 'phase', name: 'settle', detail: `${hosts.length} hosts` });
  state.emit({ type: 'said', sentence: told(settlement) });
  switch (kind) {
    case 'forward':
      return forward(state, mine, hosts);
    case 'back':
      return stuck(await putBack(state, mine, hosts));
    case 'abort':
      return stuck(await forget(state, mine, hosts));
  }
};

const stuck = (sentence: string | undefined): Unsettled | undefined =>
  sentence === undefined ? undefined : { sentence, putBack: false };

const mayLeave = ({ plan }: RunState, participants: readonly string[], hosts: readonly string[]): boolean =>
  plan.params['when_unreachable'] === 'leave' && hosts.length * 2 > participants.length;

const cannotAsk = ({ record }: UnfinishedPublish, missing: readonly string[]): string =>
  `The publish of ${record.release} (${byWhom(record)}) was interrupted, and ${missing.join(', ')} cannot be asked how far it came; nothing was changed. When it is back, or with --when-unreachable leave where most hosts answer, the next run finishes it.`;

const told = ({ kind, record }: UnfinishedPublish): string => {
  const what = `The publish of ${record.release} (${byWhom(record)}) was interrupted`;
  switch (kind) {
    case 'forward':
      return `${what} after it was decided: bringing every host to ${record.release} first.`;
    case 'back':
      return `${what} while it was being taken back: putting every host back first.`;
    case 'abort':
      return `${what} before it was decided: no host was changed, and it is given up.`;
  }
};

const byWhom = ({ task, user, machine, at }: PublishRecord): string =>
  `${task} by ${user} on ${machine}, ${at.slice(0, 16).replace('T', ' ')} UTC`;

const shows = (state: RunState, { release }: PublishRecord, host: string): boolean =>
  releaseInLink(linkIn(state.found.get(host)?.current ?? '') ?? '') === release;

const forward = async (
  state: RunState,
  record: PublishRecord,
  hosts: readonly string[],
): Promise<Unsettled | undefined> => {
  const decided = inPhase(record, { phase: 'decided' });
  const behind = hosts.filter((host) => !shows(state, record, host));
  // Where it is closed it stays so: that is what keeps a later run from turning back.
  const there = hosts.filter((host) => !behind.includes(host) && !isClosed(state, host, record));
  // Straight to `decided`: a record of a higher epoch must never say less than the one it replaces.
  const rounds: readonly (() => Promise<Answers>)[] = [
    () => askAll(state.keepers, there, () => ['put', '.fab/txn', decided]),
    () =>
      askAll(state.keepers, behind, (host) => [
        'prepare',
        `releases/${record.release}`,
        state.found.get(host)?.current ?? '',
        decided,
      ]),
    () => askAll(state.keepers, behind, () => ['decide', decided]),
    () => askAll(state.keepers, behind, () => ['commit']),
  ];
  for (const [index, round] of rounds.entries()) {
    const answers = await round();
    const [quiet] = silent(answers);
    if (quiet !== undefined)
      return stuck(`${quiet} fell silent while the publish of ${record.release} was being finished.`);
    const [refused] = saidNo(answers);
    if (refused === undefined) continue;
    const why = `${refused} cannot go on to ${record.release}: ${textOf(answers.get(refused))}.`;
    if (index === 0 || !mayTurnBack(state, record, hosts))
      return stuck(`${why} The others stay; mend it, and run again.`);
    const notBack = await putBack(state, record, hosts);
    return notBack === undefined
      ? { sentence: `${why} Every host was put back.`, putBack: true }
      : stuck(`${why} ${notBack}`);
  }
  await journalPublished(state, record, hosts);
  await askAll(state.keepers, hosts, () => ['close', inPhase(record, { phase: 'closed', ended: 'published' })]);
  await recordPublished(state, hosts, { event: 'published', record });
  return undefined;
};

const forget = async (
  state: RunState,
  record: PublishRecord,
  hosts: readonly string[],
): Promise<string | undefined> => {
  const answers = await askAll(state.keepers, hosts, () => ['abort', inPhase(record, { phase: 'aborted' })]);
  const without = hosts.find((host) => answers.get(host)?.ok !== true);
  return without === undefined
    ? undefined
    : `The interrupted publish of ${record.release} cannot be given up on ${without}: ${textOf(answers.get(without))}.`;
};

/**
 * Back only where nobody can have been told that it was published: all participants are here, and none
 * has closed a record (tests/simulation/protocol: «reopens what is closed»).
 */
const mayTurnBack = (state: RunState, { participants }: PublishRecord, hosts: readonly string[]): boolean =>
  hosts.length === Object.keys(participants).length && !hosts.some((host) => isClosed(state, host));

/** Whether a host has closed its record; with `of`, the record of that publish, as published. */
const isClosed = ({ found }: RunState, host: string, of?: PublishRecord): boolean => {
  const txn = found.get(host)?.txn;
  if (txn?.kind !== 'record' || txn.record.phase !== 'closed') return false;
  const { run, release, ended } = txn.record;
  return of === undefined || (run === of.run && release === of.release && ended === 'published');
};
