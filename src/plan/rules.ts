import { problem, type Problem } from '../model/problem.ts';
import { hostsOfRole } from '../model/role.ts';
import { engineStepsIn, operationsIn, type Step } from '../model/step.ts';
import type { PlanInput } from './make-plan.ts';
import { publishes } from './params.ts';

type TaskInput = Pick<PlanInput, 'task' | 'inventory' | 'environment' | 'limit'>;
export type Rule<Input> = (input: Input) => readonly Problem[];

/** What can be said of a task before any host is asked. Every rule runs; all problems are shown. */
export const taskRules: Rule<TaskInput> = (input) => [
  ...rolesHaveHosts(input),
  ...needsComeEarlier(input),
  ...limitFits(input),
  ...createComesFirst(input),
  ...durableIsOurs(input),
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

/** Its status must be written by nobody else than the owner of the release, and its processes ended by that user. */
const durableIsOurs: Rule<TaskInput> = ({ task }) =>
  operationsIn(task.steps).flatMap(({ name, detached }) =>
    detached?.as === undefined
      ? []
      : [
          problem(`${name} is durable and cannot run as ${detached.as}: its status would be that user's to write.`, {
            hint: `leave out \`as\` and write sudo into the command: sudo -n -u ${detached.as} …`,
          }),
        ],
  );
