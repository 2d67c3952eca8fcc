import { isReleaseId, type ReleaseId } from '../model/release.ts';
import type { HostSurvey } from '../model/survey.ts';

/** A release that is not any more what was built, on one host. */
export interface Damage {
  readonly release: string;
  readonly host: string;
  /** Paths of tracked files that were changed, removed or made another kind of file. */
  readonly files: readonly string[];
}

/** A release that a rollback could go to, and what speaks against it. */
export interface Candidate {
  readonly release: ReleaseId;
  /** Parts of a sentence, host by host; empty when every host can go back to it. */
  readonly against: readonly string[];
}

/**
 * The releases that were live before the live one, newest first. A host that had one more or fewer
 * than the others, or that already went back, does not decide alone: what counts is that a release
 * was live somewhere before, and lies complete on every host.
 */
export const rollbackCandidates = (
  hosts: readonly HostSurvey[],
  damages: readonly Damage[] = [],
): readonly Candidate[] => {
  const names = new Set(hosts.flatMap(liveBefore));
  return [...names]
    .filter((release) => !isLiveEverywhere(hosts, release))
    .sort()
    .reverse()
    .map((release) => ({ release, against: unfitness(hosts, release, damages) }));
};

/** The release that a rollback of these hosts goes to when none is named. */
export const rollbackTarget = (hosts: readonly HostSurvey[], damages?: readonly Damage[]): ReleaseId | undefined =>
  rollbackCandidates(hosts, damages).find(({ against }) => against.length === 0)?.release;

/** What speaks against going back to one release, as parts of a sentence. */
export const unfitness = (
  hosts: readonly HostSurvey[],
  release: string,
  damages: readonly Damage[],
): readonly string[] => {
  const commits = commitsByHost(hosts, release);
  return [
    ...hosts.flatMap((host) => incompleteness(host, release)),
    ...(new Set(commits.values()).size > 1 ? [`it holds different commits: ${commitWords(commits)}`] : []),
    ...damages.filter((damage) => damage.release === release).map(damageWords),
  ];
};

export const isLiveEverywhere = (hosts: readonly HostSurvey[], release: string): boolean =>
  hosts.every(({ current }) => current.kind === 'release' && current.id === release);

export const commitsByHost = (hosts: readonly HostSurvey[], id: string): ReadonlyMap<string, string> =>
  new Map(
    hosts.flatMap(({ host, releases }) =>
      releases.flatMap(({ name, record }) => (name === id && record?.commit ? [[host, record.commit] as const] : [])),
    ),
  );

export const commitWords = (commits: ReadonlyMap<string, string>): string =>
  [...commits].map(([host, commit]) => `${host} ${commit.slice(0, 10)}`).join(', ');

/** RELEASES.txt is in the order in which releases were live; a link that is no release says nothing. */
const liveBefore = ({ current, recorded }: HostSurvey): readonly ReleaseId[] => {
  if (current.kind !== 'release') return [];
  const at = recorded.lastIndexOf(current.id);
  return (at < 0 ? recorded : recorded.slice(0, at)).filter(
    (name): name is ReleaseId => isReleaseId(name) && name !== current.id,
  );
};

const incompleteness = ({ host, releases }: HostSurvey, release: string): readonly string[] => {
  const found = releases.find(({ name }) => name === release);
  if (found === undefined) return [`${host} does not have it`];
  // Releases of other tools have no record; ours must have been built to the end.
  return found.record === undefined || found.record.state === 'built'
    ? []
    : [`on ${host} it was never finished (${found.record.state})`];
};

const mostFiles = 5;

const damageWords = ({ host, files }: Damage): string => {
  const shown = files.slice(0, mostFiles).join(', ');
  const more = files.length > mostFiles ? ` and ${files.length - mostFiles} more` : '';
  return `on ${host} it is not as it was built: ${shown === '' ? 'its tracked files differ' : `${shown}${more}`}`;
};

/** Migrations that a rollback would leave behind in the database, by the release that brought them. */
export interface MigrationsOver {
  readonly release: string;
  readonly migrations: readonly string[];
}

/**
 * The recorded migrations between a rollback's target and what is live: of every release that was
 * live on any host after the target, the live one included, oldest first.
 */
export const migrationsOver = (hosts: readonly HostSurvey[], target: ReleaseId): readonly MigrationsOver[] => {
  const live = hosts.flatMap(({ current }) => (current.kind === 'release' ? [current.id] : []));
  const newest = live.toSorted().at(-1) ?? target;
  const brought = hosts.flatMap((host) =>
    host.releases.flatMap(({ name, record }) =>
      name > target && name <= newest && wasLive(host, name)
        ? (record?.migrations ?? []).map((migration) => ({ name, migration }))
        : [],
    ),
  );
  return [...new Set(brought.map(({ name }) => name))].sort().map((release) => ({
    release,
    migrations: [...new Set(brought.filter(({ name }) => name === release).map(({ migration }) => migration))],
  }));
};

/** Also what was published and rolled back meanwhile: its migrations have run all the same. */
const wasLive = ({ current, recorded, releases }: HostSurvey, name: string): boolean =>
  recorded.includes(name) ||
  (current.kind === 'release' && current.id === name) ||
  releases.some((release) => release.name === name && release.journal.some(({ step }) => step === 'release.publish'));
