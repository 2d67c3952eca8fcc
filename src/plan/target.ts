import { problem, type Problem } from '../model/problem.ts';
import type { ReleaseId } from '../model/release.ts';
import { releaseIdAt } from '../model/release-name.ts';
import { newestOf } from '../model/resuming.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { movedSinceHeld } from './held.ts';
import type { HostSurvey } from '../model/survey.ts';
import type { PlanInput } from './make-plan.ts';
import { releaseHostsOf } from './release-hosts.ts';
import {
  commitsByHost,
  commitWords,
  isLiveEverywhere,
  migrationsOver,
  rollbackCandidates,
  unfitness,
  type Candidate,
  type MigrationsOver,
} from './rollback.ts';
import { asSettled } from './unfinished.ts';

/** Which release the run is about, and why that one. */
export interface Chosen {
  /** Names the run. */
  readonly runId: ReleaseId;
  readonly release:
    { readonly id: ReleaseId; readonly commit: string | undefined; readonly ref: string | undefined } | undefined;
  readonly resumed: boolean;
  readonly notices: readonly string[];
}

type Answer = Result<Chosen, readonly Problem[]>;

/** Decides the release of a task from its kind, its parameters and what the hosts have. */
export const chooseRelease = (input: PlanInput): Answer => {
  const { task, params, now } = input;
  const runId = releaseIdAt(now);
  switch (task.release.kind) {
    case 'none':
      return ok({ runId, release: undefined, resumed: false, notices: [] });
    case 'new':
      return params['resume'] === undefined || params['resume'] === false ? fresh(input) : resumed(input);
    case 'current':
      return current(input, runId);
    case 'previous':
      return previous(input, runId);
  }
};

/** Named by the second, or by the next one that no release has yet: another run may have begun in this one. */
const fresh = ({ source, survey, now }: PlanInput): Answer => {
  const taken = new Set(
    survey.hosts.flatMap(({ releases, strays }) => [...releases.map(({ name }) => name), ...strays]),
  );
  let id = releaseIdAt(now);
  for (let later = 1; taken.has(id); later += 1) id = releaseIdAt(new Date(now.getTime() + later * 1000));
  return ok({
    runId: id,
    release: { id, commit: source?.commit, ref: source?.ref },
    resumed: false,
    notices: [],
  });
};

/** What a resume goes on with: the named release, or the newest one that a run of this task began. */
export const resumeFrom = (
  task: string,
  asked: true | string,
  hosts: readonly HostSurvey[],
): { readonly id: ReleaseId; readonly commit: string | undefined; readonly ref: string | undefined } | undefined => {
  const records = hosts.flatMap(({ releases }) => releases.flatMap(({ record }) => record ?? []));
  const found = asked === true ? newestOf(task, hosts) : records.find(({ id }) => id === asked);
  return found === undefined
    ? undefined
    : { id: found.id, commit: found.commit ?? undefined, ref: found.ref ?? undefined };
};

const resumed = (input: PlanInput): Answer => {
  const { task, params, survey } = input;
  const asked = params['resume'] as true | string;
  const release = resumeFrom(task.name, asked, survey.hosts);
  if (release === undefined)
    return fail([
      asked === true
        ? problem(`There is no release of ${task.name} to go on with.`, { hint: `start one without --resume` })
        : problem(`No host has a release ${asked} that this tool made.`, { hint: 'see `fab <env> releases`' }),
    ]);
  if (asked === true && wasRolledBack(survey.hosts, release.id))
    return fail([
      problem(`${release.id}, the newest release of ${task.name}, was published and is not live any more.`, {
        hint: `name it to publish it again: --resume ${release.id}`,
      }),
    ]);
  const commits = commitsByHost(survey.hosts, release.id);
  if (new Set(commits.values()).size > 1) return fail([differentCommits(release.id, commits)]);
  const newer = survey.hosts.filter(({ current }) => current.kind === 'release' && current.id > release.id);
  if (newer.length > 0 && asked === true)
    return fail([
      problem(`${release.id} is older than what is live on ${newer.map(({ host }) => host).join(', ')}.`, {
        hint: `name it to go back to it on purpose: --resume ${release.id}`,
      }),
    ]);
  const tooNew = survey.hosts.filter(({ releases }) =>
    releases.some(({ name, journalTooNew }) => name === release.id && journalTooNew),
  );
  if (tooNew.length > 0)
    return fail([
      problem(
        `The journal of ${release.id} on ${tooNew.map(({ host }) => host).join(', ')} was written by a newer fabwright.`,
        { hint: 'resume with that version' },
      ),
    ]);
  const gone = survey.hosts.filter(
    ({ current }) => current.kind === 'release' && current.id === release.id && !current.exists,
  );
  // Made again there, it would be live from its first, empty moment.
  if (gone.length > 0)
    return fail([
      problem(`${release.id} is live on ${gone.map(({ host }) => host).join(', ')} and its directory is gone there.`, {
        hint: 'deploy a new release, or roll back to one that every host has',
      }),
    ]);
  const moved = movedSinceHeld(survey.hosts, release.id);
  if (moved.length > 0) return fail(moved);
  const isOver = asked === true && isFinished(releaseHostsOf(input), release.id);
  return ok({
    runId: release.id,
    release,
    resumed: true,
    notices: [...(isOver ? [finishedWords(release.id, task.name)] : []), ...holdNotice(input, release.id)],
  });
};

/** Its owner may have wanted to look at it first. */
const holdNotice = ({ survey, params }: PlanInput, id: string): readonly string[] =>
  params['hold'] !== true &&
  survey.hosts.some(({ releases }) =>
    releases.some(
      ({ name, record }) => name === id && record?.params['hold'] === true && record.heldOver === undefined,
    ),
  )
    ? [`${id} was begun with --hold, to be published later; without it, this run publishes it`]
    : [];

/** Only a success is recorded, and nothing was since. */
const isFinished = (hosts: readonly HostSurvey[], id: string): boolean =>
  hosts.length > 0 && isLiveEverywhere(hosts, id) && hosts.every(({ recorded }) => recorded.at(-1) === id);

/** A run that was killed at its very beginning has left nothing that a resume could find. */
const finishedWords = (id: string, task: string): string =>
  `${id}, the newest release of ${task}, was finished already; a run that was ended before it had made one begins anew, without --resume`;

/** Nothing is left to do for it, and no host shows it: somebody went back on purpose. */
const wasRolledBack = (hosts: readonly HostSurvey[], id: string): boolean =>
  hosts.every(({ current }) => current.kind !== 'release' || current.id !== id) &&
  hosts.some(({ releases }) =>
    releases.some(({ name, journal }) => name === id && journal.some(({ step }) => step === 'release.publish')),
  );

const differentCommits = (id: string, commits: ReadonlyMap<string, string>): Problem =>
  problem(`Release ${id} holds different commits: ${commitWords(commits)}.`);

const current = ({ survey, params }: PlanInput, runId: ReleaseId): Answer => {
  const named = params['release'] as ReleaseId | undefined;
  const wanted = new Map(
    survey.hosts.map((host) => [host.host, named ?? (host.current.kind === 'release' ? host.current.id : undefined)]),
  );
  const lacking = survey.hosts.filter(({ host, releases }) => !releases.some(({ name }) => name === wanted.get(host)));
  if (named !== undefined && lacking.length > 0)
    return fail([
      problem(`${lacking.map(({ host }) => host).join(', ')} has no release ${named}.`, {
        hint: 'see `fab <env> releases`',
      }),
    ]);
  const [id] = [...new Set(wanted.values())].filter((each) => each !== undefined);
  if (id === undefined) return ok({ runId, release: undefined, resumed: false, notices: ['no release is live yet'] });
  const commit = [...commitsByHost(survey.hosts, id).values()][0];
  const differ = new Set(wanted.values()).size > 1;
  const notices = differ
    ? [`hosts differ: ${[...wanted].map(([host, which]) => `${host} ${which ?? 'none'}`).join(', ')}`]
    : [];
  return ok({ runId, release: { id, commit, ref: undefined }, resumed: false, notices });
};

const previous = (input: PlanInput, runId: ReleaseId): Answer => {
  const found = releaseHostsOf(input);
  const hosts = asSettled(found);
  const named = input.params['to'] as ReleaseId | undefined;
  const target = named === undefined ? newestFit(hosts, input) : fitAsNamed(found, named, input);
  if (!target.ok) return target;
  const { release, passedOver } = target.value;
  const over = input.params['over_migrations'] === true ? [] : migrationsOver(hosts, release);
  if (over.length > 0) return fail([migrationsProblem(release, over)]);
  return ok({
    runId,
    release: { id: release, commit: [...commitsByHost(hosts, release).values()][0], ref: undefined },
    resumed: false,
    notices: [...passedOver, ...uncheckedNotices(hosts, release, input), ...unseenCommits(input)],
  });
};

interface Target {
  readonly release: ReleaseId;
  readonly passedOver: readonly string[];
}

const newestFit = (hosts: readonly HostSurvey[], { integrity }: PlanInput): Result<Target, readonly Problem[]> => {
  const candidates = rollbackCandidates(hosts, integrity?.damages);
  const at = candidates.findIndex(({ against }) => against.length === 0);
  const sentence = ({ release, against }: Candidate): string => `${release}: ${against.join('; ')}`;
  const found = candidates[at];
  if (found !== undefined)
    return ok({
      release: found.release,
      passedOver: candidates.slice(0, at).map((each) => `passed over ${sentence(each)}`),
    });
  return fail([
    candidates.length === 0
      ? problem('No host has a release to go back to.', { hint: 'see `fab <env> releases`; --to RELEASE names one' })
      : problem(`There is no release that every host can go back to. ${candidates.map(sentence).join('. ')}.`, {
          hint: 'see `fab <env> releases`; --to RELEASE names one that every host has',
        }),
  ]);
};

const fitAsNamed = (
  hosts: readonly HostSurvey[],
  release: ReleaseId,
  { integrity, finishes }: PlanInput,
): Result<Target, readonly Problem[]> => {
  const against = unfitness(hosts, release, integrity?.damages ?? []);
  if (against.length > 0)
    return fail([
      problem(`${release} cannot be gone back to: ${against.join('; ')}.`, { hint: 'see `fab <env> releases`' }),
    ]);
  const stays = isLiveEverywhere(hosts, release) && isLiveEverywhere(asSettled(hosts), release);
  return stays && release !== finishes
    ? fail([problem(`${release} is live already on every host.`)])
    : ok({ release, passedOver: [] });
};

const migrationsProblem = (target: string, over: readonly MigrationsOver[]): Problem =>
  problem(
    `Migrations have run since ${target}: ${over.map(({ release, migrations }) => `${release} brought ${migrations.join(', ')}`).join('; ')}.`,
    { hint: 'the database stays as it is; when the older code can work with it: --over-migrations' },
  );

const uncheckedNotices = (
  hosts: readonly HostSurvey[],
  release: string,
  { integrity }: PlanInput,
): readonly string[] => {
  const without = hosts
    .filter(({ releases }) => releases.some(({ name, record }) => name === release && record?.tree === undefined))
    .map(({ host }) => host);
  return [
    ...(without.length === 0
      ? []
      : [`nothing says how ${release} was built on ${without.join(', ')}, so its files are not compared there`]),
    ...(integrity?.unchecked ?? [])
      .filter((each) => each.release === release)
      .map(({ host, why }) => `the files of ${release} on ${host} could not be compared: ${why}`),
  ];
};

const unseenCommits = ({ source }: PlanInput): readonly string[] =>
  source?.shipment === undefined
    ? ['the commits that this undoes cannot be shown: there is no clone of the code to look into']
    : [];
