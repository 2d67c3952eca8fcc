import { problem, type Problem } from '../model/problem.ts';
import { releaseIdAt, type ReleaseId } from '../model/release.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { hostsOfRoles } from '../model/role.ts';
import { engineStepsIn } from '../model/step.ts';
import type { HostSurvey } from '../model/survey.ts';
import type { PlanInput } from './make-plan.ts';
import { rollbackTargetOn } from './retention.ts';

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
  const taken = new Set(survey.hosts.flatMap(({ releases }) => releases.map(({ name }) => name)));
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
  const records = hosts.flatMap(({ releases }) =>
    releases.flatMap(({ record }) => (record === undefined ? [] : [record])),
  );
  const candidates = records
    .filter((record) => (asked === true ? record.task === task : record.id === asked))
    .sort((a, b) => (a.id < b.id ? 1 : -1));
  const [newest] = candidates;
  return newest === undefined
    ? undefined
    : { id: newest.id, commit: newest.commit ?? undefined, ref: newest.ref ?? undefined };
};

const resumed = ({ task, params, survey }: PlanInput): Answer => {
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
  return ok({ runId: release.id, release, resumed: true, notices: [] });
};

/** Nothing is left to do for it, and no host shows it: somebody went back on purpose. */
const wasRolledBack = (hosts: readonly HostSurvey[], id: string): boolean =>
  hosts.every(({ current }) => current.kind !== 'release' || current.id !== id) &&
  hosts.some(({ releases }) =>
    releases.some(({ name, journal }) => name === id && journal.some(({ step }) => step === 'release.publish')),
  );

const differentCommits = (id: string, commits: ReadonlyMap<string, string>): Problem =>
  problem(
    `Release ${id} holds different commits: ${[...commits].map(([host, commit]) => `${host} ${commit.slice(0, 10)}`).join(', ')}.`,
  );

const commitsByHost = (hosts: readonly HostSurvey[], id: string): ReadonlyMap<string, string> =>
  new Map(
    hosts.flatMap(({ host, releases }) =>
      releases.flatMap(({ name, record }) => (name === id && record?.commit ? [[host, record.commit] as const] : [])),
    ),
  );

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
  const hosts = releaseHostsOf(input);
  const named = input.params['to'] as ReleaseId | undefined;
  const targets = new Map(hosts.map((host) => [host.host, named ?? rollbackTargetOn(host)]));
  const [target] = [...new Set(targets.values())];
  if (target === undefined && new Set(targets.values()).size === 1)
    return fail([
      problem('No host has a release to go back to.', { hint: 'see `fab <env> releases`; --to RELEASE names one' }),
    ]);
  if (target === undefined || new Set(targets.values()).size > 1)
    return fail([
      problem(`The hosts do not agree on a release to go back to: ${whoHasWhat(targets)}.`, {
        hint: 'name one that every host has: --to RELEASE (see `fab <env> releases`)',
      }),
    ]);
  const unfit = hosts.flatMap((host) => unfitness(host, target));
  if (unfit.length > 0) return fail(unfit);
  const commits = commitsByHost(hosts, target);
  if (new Set(commits.values()).size > 1) return fail([differentCommits(target, commits)]);
  if (hosts.every(({ current }) => current.kind === 'release' && current.id === target))
    return fail([problem(`${target} is live already on every host.`)]);
  return ok({
    runId,
    release: { id: target, commit: [...commits.values()][0], ref: undefined },
    resumed: false,
    notices: [],
  });
};

const unfitness = ({ host, releases }: HostSurvey, target: ReleaseId): readonly Problem[] => {
  const found = releases.find(({ name }) => name === target);
  if (found === undefined) return [problem(`${host} has no release ${target}.`, { hint: 'see `fab <env> releases`' })];
  // Releases of other tools have no record; ours must have been built to the end.
  if (found.record !== undefined && found.record.state !== 'built')
    return [problem(`Release ${target} on ${host} was never finished (${found.record.state}).`)];
  return [];
};

const whoHasWhat = (targets: ReadonlyMap<string, string | undefined>): string =>
  [...targets].map(([host, target]) => `${host} ${target ?? 'has none'}`).join(', ');

const releaseHostsOf = ({ task, inventory, survey }: PlanInput): readonly HostSurvey[] => {
  const names = hostsOfRoles(
    inventory,
    engineStepsIn(task.steps)
      .filter(({ action }) => action === 'publish')
      .flatMap(({ roles }) => roles),
  ).map(({ name }) => name);
  return survey.hosts.filter(({ host }) => names.includes(host));
};
