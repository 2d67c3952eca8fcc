import { hostsOfRoles } from '../model/role.ts';
import { engineStepsIn } from '../model/step.ts';
import type { HostSurvey } from '../model/survey.ts';
import { lockOf } from './fleet-lock.ts';
import type { PlanInput } from './make-plan.ts';
import { lostSteps } from './lost-steps.ts';
import { releaseHostsOf } from './release-hosts.ts';
import { publishWords, unfinishedPublish } from './unfinished.ts';

/** What is odd on the hosts and does not stop a run: said in the plan, so that nobody is surprised. */
export const hostNotices = (input: PlanInput, release: string | undefined): readonly string[] =>
  input.task.lock === 'none'
    ? []
    : [
        ...publishToFinish(input),
        ...doneNowhere(input),
        ...input.survey.hosts.flatMap((host) => [
          ...clockNotice(host),
          ...strayNotice(input, host),
          ...(release === undefined ? [] : journalNotice(host, release)),
        ]),
        ...releaseHostsOf(input).flatMap(missingLive),
      ];

const doneNowhere = (input: PlanInput): readonly string[] => {
  const lost = lostSteps(input);
  return [...new Set(lost.map(({ name }) => name))].map(
    (step) =>
      `${step} is done nowhere: ${[...new Set(lost.filter(({ name }) => name === step).flatMap(({ hosts }) => hosts))].join(', ')} cannot be reached`,
  );
};

const publishToFinish = (input: PlanInput): readonly string[] => {
  const unfinished = lockOf(input) === 'exclusive' ? unfinishedPublish(input.survey.hosts) : undefined;
  if (unfinished === undefined) return [];
  const { kind, record, open } = unfinished;
  const end = {
    forward: `every host goes to ${record.release}`,
    back: 'every host goes back to what it had',
    abort: 'no host had been changed',
  }[kind];
  return [`${publishWords(unfinished)} was interrupted on ${open.join(', ')} and is ended first: ${end}`];
};

/** Names and ages come from the controller's clock: a wrong one on a host decides nothing, but troubles logs and services. */
const clockNotice = ({ host, clockSkewSeconds }: HostSurvey): readonly string[] =>
  Math.abs(clockSkewSeconds) > 60
    ? [
        `the clock of ${host} is ${durationText(Math.abs(clockSkewSeconds))} ${clockSkewSeconds > 0 ? 'ahead of' : 'behind'} this machine's`,
      ]
    : [];

const durationText = (seconds: number): string =>
  seconds >= 7200 ? `${(seconds / 3600).toFixed(1)} h` : `${Math.round(seconds / 60)} min`;

const strayNotice = ({ task, inventory }: PlanInput, { host, root, strays }: HostSurvey): readonly string[] => {
  if (strays.length === 0) return [];
  const keepers = engineStepsIn(task.steps).filter(({ action }) => action !== 'publish');
  const looksThere = hostsOfRoles(
    inventory,
    keepers.flatMap(({ roles }) => roles),
  ).some(({ name }) => name === host);
  if (!looksThere) return [];
  const shown = strays.slice(0, 3).join(', ');
  return [
    `${root}/releases on ${host} holds what is no release and is left alone: ${shown}${strays.length > 3 ? ` and ${strays.length - 3} more` : ''}`,
  ];
};

const journalNotice = ({ host, releases }: HostSurvey, release: string): readonly string[] =>
  releases
    .filter(({ name, journalGarbage }) => name === release && journalGarbage > 0)
    .map(
      ({ journalGarbage }) =>
        `the journal of ${release} on ${host} has ${journalGarbage === 1 ? '1 line' : `${journalGarbage} lines`} that cannot be read; what they said counts as not done`,
    );

const missingLive = ({ host, current }: HostSurvey): readonly string[] =>
  current.kind === 'release' && !current.exists
    ? [`current on ${host} points to ${current.id}, which is not there`]
    : [];
