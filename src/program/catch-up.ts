import { groupBy } from '../model/group-by.ts';
import { problem, type Problem } from '../model/problem.ts';
import { isReleaseId, type ReleaseId } from '../model/release.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { hostsOfRoles } from '../model/role.ts';
import { engineStepsIn } from '../model/step.ts';
import type { HostSurvey, Survey } from '../model/survey.ts';
import type { Loaded } from './load.ts';
import type { PlanOptions } from './plan.ts';
import { surveyHosts } from './survey-hosts.ts';

/** What bringing the fleet together comes to: the task that made the fleet's release, resumed. */
export interface CatchUp {
  readonly release: ReleaseId;
  /** Undefined when every host is on it already. */
  readonly task: string | undefined;
  readonly behind: readonly string[];
}

/**
 * Hosts that were left out of a publish (`--when-unreachable leave`) are brought to the fleet's release
 * by going on with it: what the other hosts have done is not done again.
 */
export const catchUp = async (
  loaded: Loaded,
  options: Pick<PlanOptions, 'signal' | 'onProgress'>,
): Promise<Result<CatchUp, readonly Problem[]>> => {
  const { inventory, name } = loaded.environment;
  const roles = loaded.runnables.flatMap((each) =>
    each.kind === 'task'
      ? engineStepsIn(each.steps)
          .filter(({ action }) => action === 'publish')
          .flatMap((step) => step.roles)
      : [],
  );
  const hosts = hostsOfRoles(inventory, roles).map((host) => host.name);
  const survey = await surveyHosts(loaded, hosts, options);
  const release = fleetsRelease(survey);
  if (release === undefined)
    return fail([
      problem('No release is live on more than half of the release hosts, so there is nothing to catch up with.', {
        hint: `see \`fab ${name} status\``,
      }),
    ]);
  const behind = survey.hosts.filter((host) => !shows(host, release)).map(({ host }) => host);
  if (behind.length === 0 && survey.unreachable.length === 0) return ok({ release, task: undefined, behind });
  const empty = survey.hosts.filter(({ current }) => current.kind === 'release' && !current.exists);
  if (empty.some(({ current }) => current.kind === 'release' && current.id === release))
    return fail([
      problem(
        `current on ${empty.map(({ host }) => host).join(', ')} points to ${release}, which is not there, and nothing is built where current points.`,
        { hint: `deploy a new release: fab ${name} deploy` },
      ),
    ]);
  const task = survey.hosts.flatMap(({ releases }) => releases.filter((each) => each.name === release))[0]?.record
    ?.task;
  return task === undefined
    ? fail([
        problem(`${release} was not made by this tool, so it cannot be built on ${behind.join(', ')}.`, {
          hint: `deploy a new release: fab ${name} deploy`,
        }),
      ])
    : ok({ release, task, behind });
};

const shows = ({ current }: HostSurvey, release: ReleaseId): boolean =>
  current.kind === 'release' && current.id === release && current.exists;

/** What more than half of all release hosts show, those that do not answer counted. */
const fleetsRelease = ({ hosts, unreachable }: Survey): ReleaseId | undefined => {
  const byRelease = groupBy(hosts, ({ current }) => (current.kind === 'release' ? current.id : ''));
  const [most] = [...byRelease].sort(([, one], [, other]) => other.length - one.length);
  if (most === undefined || most[1].length * 2 <= hosts.length + unreachable.length) return undefined;
  return isReleaseId(most[0]) ? most[0] : undefined;
};
