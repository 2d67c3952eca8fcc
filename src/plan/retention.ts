import { isReleaseId, releaseDate, type ReleaseId } from '../model/release.ts';
import type { HostSurvey, ReleaseOnHost } from '../model/survey.ts';
import { rollbackTarget } from './rollback.ts';

/** Why a release stays or goes, as the plan and `clean_releases --plan` say it. */
export interface Verdict {
  readonly name: string;
  readonly keep: boolean;
  readonly reason: string;
  /** Hosts that have it, in inventory order. */
  readonly hosts: readonly string[];
}

export interface Retention {
  /** Newest first. */
  readonly verdicts: readonly Verdict[];
}

export interface RetentionInput {
  readonly hosts: readonly HostSurvey[];
  /** How many successful releases stay, the live one counted. */
  readonly keep: number;
  /** The release that the run itself makes. */
  readonly building: ReleaseId | undefined;
  /** What was live when the run began, recorded as successful or not: what a person goes back to by hand. */
  readonly before?: ReadonlySet<string>;
  /** Releases whose journals alone say what a killed run has stopped: this run starts it, and may fail to. */
  readonly owed?: ReadonlySet<string>;
  readonly now: Date;
}

/** Where processes of other users cannot be seen, nothing younger than this is deleted. */
const blindDays = 7;

/**
 * The one decision about what is deleted, made for the whole fleet from what all hosts said: a
 * release is kept or deleted everywhere. Kept: live anywhere, live before this run, the rollback target, pinned, in use,
 * held by another run, being built by this one, the only ones to know what was left stopped, the newest `keep`
 * successful ones, and whatever is no release of ours. The rest never succeeded or is older than all those. While
 * fewer than `keep` are known to have succeeded, whatever was built to its end stays, too: a RELEASES.txt that
 * cannot be read must not make every release look like a failed one.
 */
export const decideRetention = (input: RetentionInput): Retention => {
  const names = [...new Set(input.hosts.flatMap(({ releases }) => releases.map(({ name }) => name)))].sort().reverse();
  const successful = names.filter((name) => isReleaseId(name) && isSuccessful(name, input.hosts)).slice(0, input.keep);
  const withLive = input.hosts.filter(({ current }) => current.kind === 'release');
  const targets = new Set([...input.hosts.map(rollbackTargetOn), rollbackTarget(withLive)]);
  return {
    verdicts: names.map((name) => {
      const copies = input.hosts.flatMap(({ host, releases, seesProcesses }) =>
        releases.filter((release) => release.name === name).map((release) => ({ host, release, seesProcesses })),
      );
      const kept = reasonToKeep(name, copies, { ...input, successful, targets });
      return {
        name,
        keep: kept !== undefined,
        reason: kept ?? reasonToDelete(name, copies, input.hosts),
        hosts: copies.map(({ host }) => host),
      };
    }),
  };
};

interface Copy {
  readonly host: string;
  readonly release: ReleaseOnHost;
  readonly seesProcesses: boolean;
}

interface Standing extends RetentionInput {
  readonly successful: readonly string[];
  readonly targets: ReadonlySet<string | undefined>;
}

const reasonToKeep = (name: string, copies: readonly Copy[], standing: Standing): string | undefined => {
  const { hosts, now, building, successful, targets } = standing;
  const on = (is: (copy: Copy) => boolean): string =>
    copies
      .filter(is)
      .map(({ host }) => host)
      .join(', ');
  const pinned = copies.find(({ release }) => isPinned(release, now))?.release.pinnedUntil;
  const inUse = on(({ release }) => release.inUse);
  const locked = on(({ release }) => release.locked);
  const age = now.getTime() - (releaseDate(name)?.getTime() ?? 0);
  if (!isReleaseId(name)) return 'not a release of ours';
  if (hosts.some(({ current }) => current.kind === 'release' && current.id === name)) return 'live';
  if (name === building) return 'being built by this run';
  if (targets.has(name)) return 'the rollback target';
  if (standing.before?.has(name) === true) return 'live before this run';
  if (standing.owed?.has(name) === true) return 'its journal says what a killed run has stopped';
  if (pinned !== undefined)
    return pinned === 'forever'
      ? 'pinned by a marker that cannot be read'
      : `pinned until ${pinned.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  if (inUse !== '') return `in use by a process on ${inUse}`;
  if (locked !== '') return `held by another run on ${locked}`;
  if (successful.includes(name)) return `one of the newest ${standing.keep} successful`;
  if (successful.length < standing.keep && copies.every(({ release }) => isFinished(release)))
    return `only ${successful.length} of ${standing.keep} are recorded as successful`;
  if (copies.some(({ seesProcesses }) => !seesProcesses) && age < blindDays * 86_400_000)
    return `younger than ${blindDays} days, and processes of other users cannot be seen`;
  return undefined;
};

const reasonToDelete = (name: string, copies: readonly Copy[], hosts: readonly HostSurvey[]): string => {
  if (isSuccessful(name, hosts)) return 'older than the successful ones that are kept';
  const states = new Set(copies.map(({ release }) => release.record?.state));
  if (states.has('failed') || states.has('building')) return 'never finished';
  return copies.some(({ release }) => release.pinnedUntil !== undefined)
    ? 'its pin has expired'
    : 'never published, or rolled back';
};

const isPinned = ({ pinnedUntil }: ReleaseOnHost, now: Date): boolean =>
  pinnedUntil === 'forever' || (pinnedUntil !== undefined && pinnedUntil > now);

/** Releases of other tools have no record: nothing says that they failed. */
const isFinished = ({ record }: ReleaseOnHost): boolean => record === undefined || record.state === 'built';

const isSuccessful = (name: string, hosts: readonly HostSurvey[]): boolean =>
  hosts.some(({ recorded }) => recorded.includes(name));

/**
 * What a rollback of this host alone would go back to: the newest release recorded before the live
 * one that is still there. The fleet's is chosen from all of them (rollback.ts).
 */
export const rollbackTargetOn = ({ current, recorded, releases }: HostSurvey): ReleaseId | undefined => {
  if (current.kind !== 'release') return undefined;
  const at = recorded.lastIndexOf(current.id);
  const before = at < 0 ? recorded : recorded.slice(0, at);
  return before
    .filter(
      (name): name is ReleaseId =>
        isReleaseId(name) && name !== current.id && releases.some((release) => release.name === name),
    )
    .at(-1);
};

/** The hosts as they will be once a release is published: what a deploy's own cleaning decides on. */
export const afterPublishing = (hosts: readonly HostSurvey[], id: ReleaseId): readonly HostSurvey[] =>
  hosts.map((host) => ({
    ...host,
    current: { kind: 'release', id, exists: true },
    recorded: [...host.recorded.filter((name) => name !== id), id],
  }));

/** What the hosts show: what a run must leave there, whatever it publishes. */
export const liveOn = (hosts: readonly HostSurvey[]): ReadonlySet<string> =>
  new Set(hosts.flatMap(({ current }) => (current.kind === 'release' ? [current.id] : [])));
