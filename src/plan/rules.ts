import { groupBy } from '../model/group-by.ts';
import { problem, type Problem } from '../model/problem.ts';
import { hostsOfRole } from '../model/role.ts';
import { engineStepsIn, operationsIn, type Step } from '../model/step.ts';
import type { Inventory } from '../model/inventory.ts';
import type { Task } from '../model/task.ts';
import type { HostSurvey } from '../model/survey.ts';
import type { PlanInput } from './make-plan.ts';
import { publishes } from './params.ts';

type TaskInput = Pick<PlanInput, 'task' | 'inventory' | 'environment' | 'limit'>;
type Rule<Input> = (input: Input) => readonly Problem[];

/** What can be said of a task before any host is asked. Every rule runs; all problems are shown. */
export const taskRules: Rule<TaskInput> = (input) => [
  ...rolesHaveHosts(input),
  ...needsComeEarlier(input),
  ...limitFits(input),
  ...createComesFirst(input),
];

/** What the survey says against going ahead. */
export const hostRules: Rule<PlanInput> = (input) => [
  ...everyHostReached(input),
  ...machinesAreDistinct(input),
  ...hostsAreAble(input),
  ...currentCanBeSwapped(input),
  ...sharedFilesExist(input),
  ...liveReleaseIsOurs(input),
];

const rolesHaveHosts: Rule<TaskInput> = ({ task, inventory, environment }) => {
  const empty = [...operationsIn(task.steps), ...engineStepsIn(task.steps)].flatMap((step) =>
    step.roles
      .filter((role) => !role.optional && hostsOfRole(inventory, role).length === 0)
      .map((role) => ({ step: step.name, role: role.name, groups: role.groups })),
  );
  const byRole = new Map(empty.map(({ role, groups }) => [role, groups]));
  return [...byRole].map(([role, groups]) => {
    const steps = [...new Set(empty.filter((each) => each.role === role).map(({ step }) => step))];
    return problem(
      `${steps.slice(0, 3).join(', ')}${steps.length > 3 ? ` and ${steps.length - 3} more steps` : ''} of ${task.name} ${steps.length === 1 ? 'runs' : 'run'} on the role ${role}, and no host of ${environment} has it.`,
      { hint: `put hosts into the group ${groups.join(' or ')} of the inventory, or declare the role optional` },
    );
  });
};

const needsComeEarlier: Rule<TaskInput> = ({ task }) => {
  const problems: Problem[] = [];
  const earlier = new Set<string>();
  const look = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (step.kind === 'when' && !earlier.has(step.operation.name))
        problems.push(problem(`A \`when\` of ${task.name} asks ${step.operation.name}, which is no earlier step.`));
      const operations =
        step.kind === 'during'
          ? [step.stop]
          : step.kind === 'when' || step.kind === 'engine'
            ? []
            : operationsIn([step]);
      for (const operation of operations) {
        for (const need of Object.values(operation.needs))
          if (!earlier.has(need.name))
            problems.push(
              problem(
                `${operation.name} needs the result of ${need.name}, and no earlier step of ${task.name} is ${need.name}.`,
              ),
            );
        if (step.kind !== 'parallel') earlier.add(operation.name);
      }
      if (step.kind === 'parallel') operations.forEach(({ name }) => earlier.add(name));
      if (step.kind === 'during' || step.kind === 'when') look(step.steps);
    }
  };
  look(task.steps);
  return problems;
};

const limitFits: Rule<TaskInput> = ({ task, limit }) =>
  limit !== undefined && publishes(task)
    ? [
        problem(`${task.name} publishes, and a release goes to every host or to none: --limit does not fit.`, {
          hint: 'for a release on some hosts: setup_release --limit HOST; to leave out a dead host: --when-unreachable leave',
        }),
      ]
    : [];

const createComesFirst: Rule<TaskInput> = ({ task }) => {
  const steps = engineStepsIn(task.steps);
  const makes = steps.some(({ action }) => action === 'create');
  if (task.release.kind === 'new' && !makes)
    return [problem(`${task.name} makes a new release and has no step release.create.`)];
  return task.release.kind !== 'new' && makes
    ? [problem(`${task.name} has the step release.create and makes no new release.`)]
    : [];
};

const everyHostReached: Rule<PlanInput> = ({ survey }) =>
  survey.unreachable.map(({ host, sentence, hint }) =>
    problem(sentence.includes(host) ? sentence : `${host}: ${sentence}`, hint === undefined ? {} : { hint }),
  );

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
            hint: 'see the settings root and sudo_user',
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

const currentCanBeSwapped: Rule<PlanInput> = ({ survey, task, inventory }) => {
  if (!publishes(task)) return [];
  const names = engineStepsIn(task.steps)
    .filter(({ action }) => action === 'publish')
    .flatMap(({ roles }) => roles.flatMap((role) => hostsOfRole(inventory, role).map(({ name }) => name)));
  return survey.hosts
    .filter(({ host }) => names.includes(host))
    .flatMap(({ host, root, current }) => currentProblem(host, root, current));
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

/** The hosts on which some step reads a setting: those that code, or shared files, go to. */
const hostsWith = (task: Task, inventory: Inventory, setting: string): readonly string[] =>
  operationsIn(task.steps)
    .filter(({ settings }) => settings[setting] !== undefined)
    .flatMap(({ roles }) => roles.flatMap((role) => hostsOfRole(inventory, role).map(({ name }) => name)));
