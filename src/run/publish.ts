import { releaseInLink } from '../model/release.ts';
import type { PublishRecord } from '../model/publish-record.ts';
import type { PlannedRelease, PlannedStep } from '../plan/plan.ts';
import { recordFailure } from './failures.ts';
import { askAll, saidNo, saidYes, silent, textOf, type Answers } from './keeper/ask-all.ts';
import { linkIn } from './keeper/held-state.ts';
import { openAheadAfter } from './next-command.ts';
import { recordPublished } from './record.ts';
import { inPhase, newRecord, releaseOf } from './records.ts';
import { seal } from './seal.ts';
import { remember, timed, type RunState } from './state.ts';
import { journal, journalPublished } from './step-journal.ts';

/**
 * The swap of `current`, in four rounds over all hosts: everything prepared, the decision on every
 * disk, one word and one rename each, then closed. Before the decision anything wrong leaves all hosts
 * as they were. After the first word a host that says nothing never makes the others go back, because
 * the word may still reach it; a host that answers that its rename failed does, while all answer.
 * The record on the hosts says at every moment how to end it (model/publish-record.ts).
 */
export const publish = async (state: RunState, planned: PlannedStep, hosts: readonly string[]): Promise<void> => {
  const began = Date.now();
  for (const host of hosts) state.emit({ type: 'host-started', step: planned.id, host });
  if (!(await seal(state, planned, hosts))) return;
  if (!(await publishRelease({ state, step: planned.id, hosts, began, release: releaseOf(state) }))) return;
  openAheadAfter(state, planned.id, hosts);
  for (const host of hosts) {
    const seconds = (Date.now() - began) / 1000;
    remember(state, planned.id, host, null);
    timed(state, planned.id, host, seconds);
    state.emit({ type: 'host-succeeded', step: planned.id, host, seconds, result: null });
  }
};

/** One release, on these hosts or on none of them. What came of it is in `state.published`. */
export interface Round {
  readonly state: RunState;
  /** Failures are told as this step's. */
  readonly step: string;
  readonly hosts: readonly string[];
  /** Milliseconds since 1970. */
  readonly began: number;
  readonly release: PlannedRelease;
}

/** @returns whether every one of these hosts is on the release now. */
export const publishRelease = async (round: Round): Promise<boolean> => {
  const record = newRecord(round.state, round.hosts, round.release);
  if ((await prepare(round, record)) && (await decide(round, record))) return swap(round, record);
  await abort(round, record);
  return false;
};

const prepare = async (round: Round, record: PublishRecord): Promise<boolean> => {
  const { state, hosts } = round;
  state.emit({ type: 'phase', name: 'prepare', detail: `${hosts.length} hosts` });
  const text = inPhase(record, { phase: 'prepared' });
  const answers = await askAll(state.keepers, hosts, (host) => [
    'prepare',
    `releases/${record.release}`,
    state.found.get(host)?.current ?? '',
    text,
  ]);
  for (const [host, answer] of answers)
    if (answer?.ok !== true)
      fail(
        round,
        host,
        answer?.reason === 'changed' ? `current was changed meanwhile: it is «${answer.text}» now` : textOf(answer),
      );
  return saidYes(answers).length === hosts.length && !state.abort.signal.aborted;
};

const decide = async (round: Round, record: PublishRecord): Promise<boolean> => {
  const { state, hosts } = round;
  const text = inPhase(record, { phase: 'decided' });
  const answers = await askAll(state.keepers, hosts, () => ['decide', text]);
  for (const [host, answer] of answers) if (answer?.ok !== true) fail(round, host, textOf(answer));
  return saidYes(answers).length === hosts.length && !state.abort.signal.aborted;
};

/** Nothing was renamed: whoever answers forgets it; whoever does not is told by the next run. */
const abort = async ({ state, hosts }: Round, record: PublishRecord): Promise<void> => {
  const text = inPhase(record, { phase: 'aborted' });
  await askAll(state.keepers, hosts, () => ['abort', text]);
};

const swap = async (round: Round, record: PublishRecord): Promise<boolean> => {
  const { state, hosts } = round;
  state.emit({ type: 'phase', name: 'publish', detail: `${hosts.length} hosts` });
  state.published = 'unsure';
  const answers = await askAll(state.keepers, hosts, () => ['commit']);
  for (const host of saidNo(answers)) fail(round, host, textOf(answers.get(host)));
  for (const host of silent(answers)) fail(round, host, 'it was told to publish and did not answer; it may have');
  // Silence never causes an undo: the fleet stays forward, the next run brings the silent host along.
  if (silent(answers).length > 0) return false;
  if (saidNo(answers).length === 0) return confirm(round, record, answers);
  await undo(round, record);
  return false;
};

const undo = async (round: Round, record: PublishRecord): Promise<void> => {
  const { state, hosts } = round;
  state.emit({ type: 'phase', name: 'undo', detail: `${hosts.length} hosts` });
  state.published = (await putBack(state, record, hosts)) === undefined ? 'undone' : 'unsure';
};

/**
 * The recorded way back: `undo` on every disk before the first link is put back.
 * @returns a sentence when it could not be completed; the record then says so to the next run.
 */
export const putBack = async (
  state: RunState,
  record: PublishRecord,
  hosts: readonly string[],
): Promise<string | undefined> => {
  const text = inPhase(record, { phase: 'undo' });
  const recorded = await askAll(state.keepers, hosts, () => ['undo', text]);
  const without = hosts.find((host) => recorded.get(host)?.ok !== true);
  if (without !== undefined)
    return `The way back could not be recorded on ${without}: ${textOf(recorded.get(without))}.`;
  const answers = await askAll(state.keepers, hosts, (host) => ['back', record.participants[host] ?? '']);
  const failed = hosts.find((host) => answers.get(host)?.ok !== true);
  if (failed !== undefined) return `${failed} could not be put back: ${textOf(answers.get(failed))}.`;
  await journalPutBack(state, record, hosts);
  const closed = inPhase(record, { phase: 'closed', ended: 'undone' });
  await askAll(state.keepers, hosts, () => ['close', closed]);
  await recordPublished(state, hosts, { event: 'undone', record });
  return undefined;
};

/** A host that was rebooted in between runs what it showed then: whoever resumes what it is put back to restarts it. */
const journalPutBack = async (
  state: RunState,
  { run, participants }: PublishRecord,
  hosts: readonly string[],
): Promise<void> => {
  const before = (host: string) => releaseInLink(participants[host] ?? '');
  const releases = new Set(hosts.flatMap((host) => before(host) ?? []));
  await Promise.all(
    [...releases].map((release) =>
      journalPublished(
        state,
        { release, run },
        hosts.filter((host) => before(host) === release),
      ),
    ),
  );
};

const confirm = async (round: Round, record: PublishRecord, answers: Answers): Promise<boolean> => {
  const { state, step, hosts } = round;
  const wanted = `releases/${record.release}`;
  const others = hosts.filter((host) => linkIn(textOf(answers.get(host))) !== wanted);
  for (const host of others) fail(round, host, `after the rename current is «${textOf(answers.get(host))}»`);
  if (others.length > 0) return false;
  state.published = 'yes';
  for (const host of hosts) {
    const found = state.found.get(host);
    if (found !== undefined) state.found.set(host, { ...found, current: `link ${wanted}` });
    state.emit({ type: 'published', host, release: record.release });
  }
  // Journal first: a resume must not publish again what the record calls closed.
  await Promise.all([
    ...hosts.map((host) => journal(state, step, host, 0, null).catch(() => undefined)),
    ...(isOwn(round) ? [] : [journalPublished(state, record, hosts)]),
  ]);
  // Hosts that had it before close, too: nobody of those that took part now is behind any more.
  const witnesses = new Set([...hosts, ...state.plan.releaseHosts]);
  const closed = inPhase(record, { phase: 'closed', ended: 'published' });
  await askAll(state.keepers, [...witnesses], () => ['close', closed]);
  await recordPublished(state, hosts, { event: 'published', record });
  return true;
};

/** Made by this run, or resumed by it: its journal has the step anyway. */
const isOwn = ({ state: { plan }, release }: Round): boolean =>
  plan.task.release.kind === 'new' && plan.release?.id === release.id;

const fail = ({ state, step, began }: Round, host: string, message: string): void =>
  recordFailure(state, step, host, { reason: 'thrown', message }, (Date.now() - began) / 1000);
