import { groupBy } from '../model/group-by.ts';
import { problem, type Problem } from '../model/problem.ts';
import { releaseInLink } from '../model/release.ts';
import type { HostSurvey } from '../model/survey.ts';
import { hostsWith } from './hosts-with.ts';
import type { PlanInput } from './make-plan.ts';
import type { Plan } from './plan.ts';
import { plannedSteps } from './planned-steps.ts';
import { unfinishedPublish } from './unfinished.ts';

/**
 * A hotfix takes what is built over from the release that is live on each host. Where hosts have different ones it
 * would be one release by its name and several by what is in it.
 */
export const takenOverFromOne = (
  { task, inventory, survey, environment }: PlanInput,
  { nodes, release }: Plan,
): readonly Problem[] => {
  if (task.release.needsLive !== true || release === undefined) return [];
  // In the middle of a publish they differ, until this run has finished it and plans again.
  if (unfinishedPublish(survey.hosts) !== undefined) return [];
  const takers = hostsWith(task, inventory, 'code_repo');
  if (!takers.some((host) => isStillBuilt(nodes, host))) return [];
  const known = survey.hosts.flatMap((host) => {
    const from = takers.includes(host.host) ? takesFrom(host, release.id) : undefined;
    return from === undefined ? [] : [{ host: host.host, from }];
  });
  const byRelease = groupBy(known, ({ from }) => from);
  if (byRelease.size <= 1) return [];
  const where = [...byRelease].map(([id, hosts]) => `${id} on ${hosts.map(({ host }) => host).join(', ')}`).join('; ');
  return [
    problem(`${task.name} takes over from the live release, which is not the same everywhere: ${where}.`, {
      hint: `bring all hosts to one release first: fab ${environment} catch_up, or a deploy`,
    }),
  ];
};

/** Whether something that comes before publishing is still to be done there. */
const isStillBuilt = (nodes: Plan['nodes'], host: string): boolean => {
  const steps = plannedSteps(nodes);
  const published = steps.findIndex(({ step }) => step.kind === 'engine' && step.action === 'publish');
  return steps
    .slice(0, published < 0 ? steps.length : published)
    .some(({ hosts, done }) => hosts.includes(host) && done[host] === undefined);
};

/** Its live release; where the new one is live already, what its record says was live before; else nobody knows. */
const takesFrom = ({ host, current, txn }: HostSurvey, release: string): string | undefined => {
  if (current.kind !== 'release') return undefined;
  if (current.id !== release) return current.id;
  return txn.kind === 'record' && txn.record.release === release
    ? releaseInLink(txn.record.participants[host] ?? '')
    : undefined;
};
