import { groupBy } from '../model/group-by.ts';
import { problem, type Problem } from '../model/problem.ts';
import type { Unreachable } from '../model/survey.ts';
import type { PlanInput } from './make-plan.ts';
import { hostsOfTask } from './hosts-of-task.ts';
import { lostSteps } from './lost-steps.ts';
import { releaseHostNames } from './release-hosts.ts';
import type { Rule } from './rules.ts';
import { publishWords, unfinishedPublish } from './unfinished.ts';

/** Whether `--when-unreachable leave` was given: hosts that cannot be reached are left out. */
export const leavesOut = ({ params }: Pick<PlanInput, 'params'>): boolean => params['when_unreachable'] === 'leave';

/** Hosts of the task that a plan goes on without. */
export const leftOutOf = ({ task, inventory, limit, survey }: PlanInput): readonly Unreachable[] => {
  const asked = hostsOfTask(task, inventory, limit);
  return survey.unreachable.filter(({ host }) => asked.includes(host));
};

/** Every host is reached, or those that are may go on without the others. */
export const reachRules: Rule<PlanInput> = (input) => {
  const problems = leavesOut(input)
    ? [...mostReleaseHostsReached(input), ...nothingVitalIsLost(input), ...publishCanBeEnded(input)]
    : publishCanBeEnded(input);
  const unreachable = input.survey.unreachable.map(unreachableProblem);
  return leavesOut(input) && problems.length === 0 ? [] : [...unreachable, ...problems];
};

const unreachableProblem = ({ host, sentence, hint }: Unreachable): Problem =>
  problem(sentence.includes(host) ? sentence : `${host}: ${sentence}`, hint === undefined ? {} : { hint });

const isMajority = (some: number, all: number): boolean => some * 2 > all;

/** Two halves of a fleet that each leave the other out would be two fleets. */
const mostReleaseHostsReached: Rule<PlanInput> = (input) => {
  const names = releaseHostNames(input);
  const reached = names.filter((name) => input.survey.hosts.some(({ host }) => host === name));
  return isMajority(reached.length, names.length)
    ? []
    : [
        problem(
          `Only ${reached.length} of the ${names.length} release hosts can be reached; --when-unreachable leave needs more than half.`,
        ),
      ];
};

const nothingVitalIsLost: Rule<PlanInput> = (input) => {
  const vital = lostSteps(input).filter((step) => step.vital);
  return [...groupBy(vital, ({ hosts }) => hosts.join(', '))].map(([where, steps]) =>
    problem(
      `${[...new Set(steps.map(({ name }) => name))].join(', ')} can only be done on ${where}, which cannot be reached.`,
      { hint: 'a host that the others depend on cannot be left out' },
    ),
  );
};

/** A publish that was interrupted is ended by all that took part in it, or by more than half of them. */
const publishCanBeEnded: Rule<PlanInput> = (input) => {
  const { task, survey, inventory, environment } = input;
  const unfinished = task.lock === 'exclusive' ? unfinishedPublish(survey.hosts) : undefined;
  if (unfinished === undefined || unfinished.missing.length === 0) return [];
  const { missing, record } = unfinished;
  const all = Object.keys(record.participants).length;
  const enough = isMajority(all - missing.length, all);
  if (leavesOut(input) && enough) return [];
  const unknown = missing.filter((name) => !inventory.hosts.some((host) => host.name === name));
  const away =
    unknown.length === 0
      ? ''
      : ` (${unknown.join(', ')} ${unknown.length === 1 ? 'is' : 'are'} not in the inventory any more)`;
  const words = publishWords(unfinished);
  return [
    problem(
      `${words.charAt(0).toUpperCase()}${words.slice(1)} was interrupted, and ${missing.join(', ')}, which took part in it, cannot be asked${away}: the hosts may differ.`,
      {
        hint: enough
          ? `bring ${missing.length === 1 ? 'it' : 'them'} back and repeat this, or go on without: fab ${environment} deploy --resume --when-unreachable leave`
          : `bring back enough of them that more than half of ${all} can be asked, and repeat this`,
        status: 4,
      },
    ),
  ];
};
