import { groupBy } from '../model/group-by.ts';
import { problem, type Problem } from '../model/problem.ts';
import type { HostSurvey } from '../model/survey.ts';
import { hostsWith } from './hosts-with.ts';
import type { PlanInput } from './make-plan.ts';
import { reachRules } from './reach.ts';
import { releaseHostsOf } from './release-hosts.ts';
import type { Rule } from './rules.ts';

/** What the survey says against going ahead. */
export const hostRules: Rule<PlanInput> = (input) => [
  ...reachRules(input),
  ...recordsCanBeRead(input),
  ...machinesAreDistinct(input),
  ...hostsAreAble(input),
  ...currentCanBeSwapped(input),
  ...rootIsOurs(input),
  ...sharedFilesExist(input),
  ...liveReleaseIsOurs(input),
];

/** How the last publish stands must be known before anything is changed. */
const recordsCanBeRead: Rule<PlanInput> = ({ survey, task }) => {
  const on = (kind: HostSurvey['txn']['kind']): string =>
    survey.hosts
      .filter(({ txn }) => txn.kind === kind)
      .map(({ host }) => host)
      .join(', ');
  const [tooNew, unreadable] = [on('too-new'), on('unreadable')];
  return [
    ...(task.lock !== 'none' && tooNew !== ''
      ? [
          problem(`The record of the last publish on ${tooNew} was written by a newer fabwright.`, {
            hint: 'use that version',
          }),
        ]
      : []),
    ...(task.lock === 'exclusive' && unreadable !== ''
      ? [
          problem(`The record of the last publish (.fab/txn under the root) on ${unreadable} cannot be read.`, {
            hint: 'when `status` shows the same release on every host, move that file away by hand',
          }),
        ]
      : []),
  ];
};

/** One machine under two names would wait for its own lock. */
const machinesAreDistinct: Rule<PlanInput> = ({ survey, task }) => {
  if (task.lock === 'none') return [];
  const byPlace = groupBy(survey.hosts, ({ machine, bootId, root }) => `${machine} ${bootId ?? ''} ${root}`);
  return [...byPlace.values()]
    .filter((same) => same.length > 1)
    .map((same) =>
      problem(`${same.map(({ host }) => host).join(' and ')} are one machine with one root (${same[0]?.root ?? ''}).`, {
        hint: 'list it once',
      }),
    );
};

const hostsAreAble: Rule<PlanInput> = ({ survey, task, inventory }) => {
  const takesCode = hostsWith(task, inventory, 'code_repo');
  return survey.hosts.flatMap((host) => [
    ...(host.tools['setsid'] === undefined
      ? [
          problem(`${host.host} has no setsid, which every remote command needs.`, {
            hint: 'install util-linux or busybox',
          }),
        ]
      : []),
    ...(task.lock !== 'none' &&
    host.tools['perl'] === undefined &&
    host.tools['python3'] === undefined &&
    host.tools['flock'] === undefined
      ? [
          problem(`${host.host} has none of flock, perl and python3, so no lock can be held there.`, {
            hint: 'install util-linux',
          }),
        ]
      : []),
    ...(takesCode.includes(host.host) && host.tools['git'] === undefined
      ? [
          problem(`${host.host} has no git in its PATH (${host.path}).`, {
            hint: 'install git, or name its folder in the setting path',
          }),
        ]
      : []),
    ...(task.lock !== 'none' && host.notWritable !== undefined
      ? [
          problem(`${host.user} may not write to ${host.notWritable} on ${host.host}.`, {
            hint: 'see whose it is, and the settings root and sudo_user',
          }),
        ]
      : []),
  ]);
};

const liveReleaseIsOurs: Rule<PlanInput> = ({ survey, task, inventory, environment }) => {
  if (task.release.needsLive !== true) return [];
  const takers = hostsWith(task, inventory, 'code_repo');
  const without = survey.hosts
    .filter(({ host }) => takers.includes(host))
    .filter(
      ({ current, releases }) =>
        !releases.some(({ name, record }) => current.kind === 'release' && name === current.id && record?.commit),
    )
    .map(({ host }) => host);
  return without.length === 0
    ? []
    : [
        problem(
          `${task.name} starts from the live release, and ${without.join(', ')} ${without.length === 1 ? 'has' : 'have'} none that this tool made.`,
          { hint: `deploy first: fab ${environment} deploy` },
        ),
      ];
};

const currentCanBeSwapped: Rule<PlanInput> = (input) =>
  releaseHostsOf(input).flatMap(({ host, root, current }) => currentProblem(host, root, current));

/** Two environments with one root would publish over each other, and clean each other's releases away. */
const rootIsOurs: Rule<PlanInput> = ({ survey, task, environment, settings }) => {
  if (task.lock === 'none' && task.release.kind === 'none') return [];
  const ours = [environment, settings['deploy_env']];
  return survey.hosts.flatMap(({ host, root, current, releases }) => {
    const made = releases.find(({ name }) => current.kind === 'release' && name === current.id)?.record?.environment;
    return made === undefined || ours.includes(made)
      ? []
      : [
          problem(`What is live in ${root} on ${host} was made for the environment ${made}, not for ${environment}.`, {
            hint: `give each environment a root of its own; one that was only renamed keeps its old name as deploy_env: ${made}`,
          }),
        ];
  });
};

const currentProblem = (host: string, root: string, current: HostSurvey['current']): readonly Problem[] => {
  if (current.kind === 'not-a-link')
    return [
      problem(`${root}/current on ${host} is a real directory or file, not a link; it will not be replaced.`, {
        hint: 'look what is in it, then move it away by hand',
      }),
    ];
  if (current.kind === 'foreign')
    return [
      problem(`${root}/current on ${host} points to ${current.target}, which is not one of the releases.`, {
        hint: 'point it at a directory under releases/, or remove it, by hand',
      }),
    ];
  return [];
};

const sharedFilesExist: Rule<PlanInput> = ({ survey, task, environment, inventory }) => {
  if (task.release.kind !== 'new') return [];
  const links = hostsWith(task, inventory, 'shared_paths');
  return survey.hosts
    .filter(({ host }) => links.includes(host))
    .flatMap(({ host, root, missingShared }) =>
      missingShared.map((path) =>
        problem(`${root}/shared/${path} is missing on ${host}, and shared_paths wants it in every release.`, {
          hint: `put it there: fab ${environment} put_shared ${path} LOCAL-FILE   (a path that ends in / is made as a directory)`,
        }),
      ),
    );
};
