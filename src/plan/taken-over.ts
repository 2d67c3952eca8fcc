import { groupBy } from '../model/group-by.ts';
import { problem, type Problem } from '../model/problem.ts';
import type { ReleaseId } from '../model/release.ts';
import type { HostSurvey } from '../model/survey.ts';
import { hostsWith } from './hosts-with.ts';
import type { PlanInput } from './make-plan.ts';
import { unfinishedPublish } from './unfinished.ts';

/**
 * A hotfix takes what is built over from the release that is live on each host. Where hosts have different ones it
 * would be one release by its name and several by what is in it.
 */
export const takenOverFromOne = (
  { task, inventory, survey, environment }: PlanInput,
  release: ReleaseId | undefined,
): readonly Problem[] => {
  if (task.release.needsLive !== true) return [];
  // In the middle of a publish they differ, until this run has finished it and plans again.
  if (unfinishedPublish(survey.hosts) !== undefined) return [];
  const takers = hostsWith(task, inventory, 'code_repo');
  const byRelease = groupBy(
    survey.hosts.filter(({ host }) => takers.includes(host)),
    (host) => takesFrom(host, release) ?? '',
  );
  if (byRelease.size <= 1) return [];
  const where = [...byRelease]
    .map(([id, hosts]) => `${id === '' ? 'none' : id} on ${hosts.map(({ host }) => host).join(', ')}`)
    .join('; ');
  return [
    problem(`${task.name} takes over from the live release, which is not the same everywhere: ${where}.`, {
      hint: `bring all hosts to one release first: fab ${environment} catch_up, or a deploy`,
    }),
  ];
};

/** Its live release; where the new one is live already, the one that was published before. */
const takesFrom = ({ current, recorded }: HostSurvey, release: ReleaseId | undefined): string | undefined => {
  if (current.kind !== 'release') return undefined;
  return current.id === release ? recorded.findLast((name) => name !== release) : current.id;
};
