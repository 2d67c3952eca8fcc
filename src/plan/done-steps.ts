import type { Json } from '../model/json.ts';
import type { HostSurvey, JournalEntry } from '../model/survey.ts';

/** The journal's name for the start that belongs to a stop. */
export const startOf = (stop: string): string => `${stop}:start`;

/** The journals of one release, as a resume counts them. */
export interface Journals {
  readonly hosts: readonly HostSurvey[];
  readonly release: string;
  readonly releaseHosts: readonly string[];
  /** The ids of the task's steps in order. */
  readonly order: readonly string[];
}

/** Finished steps by host: what a resume does not do again. */
export const doneSteps = (journals: Journals): ((step: string) => Readonly<Record<string, Json>>) => {
  const counted = journals.hosts.map(({ host }) => ({ host, journal: countedOn(host, journals) }));
  return (step) =>
    Object.fromEntries(
      counted.flatMap(({ host, journal }) =>
        journal.filter((entry) => entry.step === step).map(({ result }) => [host, result] as const),
      ),
    );
};

/**
 * Where the release is live, all that was journalled counts, of what follows publishing only what was done
 * since it was published last: it may have been live before, and gone back from. Where it is not live any
 * more, or not yet, it is published, and what follows publishing is done after that. Hosts without a
 * `current` of their own go with the others.
 */
const countedOn = (host: string, journals: Journals): readonly JournalEntry[] => {
  const { hosts, release, releaseHosts, order } = journals;
  const shows = (name: string): boolean =>
    hosts.some(({ host: own, current }) => own === name && current.kind === 'release' && current.id === release);
  const journal = journalOn(hosts, host, release);
  const isLive = releaseHosts.includes(host)
    ? shows(host)
    : releaseHosts.length === 0 || releaseHosts.some((name) => shows(name));
  const afterwards = new Set(order.includes('release.publish') ? order.slice(order.indexOf('release.publish')) : []);
  if (isLive) {
    const isOld = isOlder(journal, lastPublished(journals));
    return journal.filter((entry, index) => !afterwards.has(entry.step) || !isOld(entry, index));
  }
  const published = journal.findIndex(({ step }) => step === 'release.publish');
  return (published < 0 ? journal : journal.slice(0, published)).filter(({ step }) => !afterwards.has(step));
};

/** Whether a line is older than the last publish: by its place, or by its time on hosts that publish nothing. */
const isOlder = (journal: readonly JournalEntry[], published: string) => {
  const last = journal.findLastIndex(({ step }) => step === 'release.publish');
  return ({ at }: JournalEntry, index: number): boolean => (last >= 0 ? index < last : at < published);
};

/** ISO 8601; empty before the first. */
const lastPublished = ({ hosts, release, releaseHosts }: Journals): string =>
  releaseHosts
    .flatMap((host) => journalOn(hosts, host, release).filter(({ step }) => step === 'release.publish'))
    .reduce((latest, { at }) => (at > latest ? at : latest), '');

/**
 * What was stopped and not started again, with what each `stop` said, by host, the latest first: a run was killed
 * inside a `during`. A start belongs to the stop before it that has none yet; a later stop, which finds nothing up
 * any more, must not make an earlier one forgotten.
 */
export const pendingStarts =
  (hosts: readonly HostSurvey[], release: string) =>
  (stop: string): readonly Readonly<Record<string, Json>>[] => {
    const pending = hosts.map(({ host }) => ({ host, left: unpaired(journalOn(hosts, host, release), stop) }));
    const most = Math.max(0, ...pending.map(({ left }) => left.length));
    return Array.from({ length: most }, (_, index) =>
      Object.fromEntries(
        pending.flatMap(({ host, left }) => {
          const result = left.at(-1 - index);
          return result === undefined ? [] : [[host, result] as const];
        }),
      ),
    );
  };

const unpaired = (journal: readonly JournalEntry[], stop: string): readonly Json[] => {
  const left: Json[] = [];
  for (const { step, result } of journal)
    if (step === stop) left.push(result);
    else if (step === startOf(stop)) left.pop();
  return left;
};

const journalOn = (hosts: readonly HostSurvey[], host: string, release: string): readonly JournalEntry[] =>
  hosts.find((each) => each.host === host)?.releases.find(({ name }) => name === release)?.journal ?? [];
