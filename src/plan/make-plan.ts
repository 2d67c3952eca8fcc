import type { GuardView } from '../model/guard.ts';
import type { Inventory } from '../model/inventory.ts';
import type { Json } from '../model/json.ts';
import type { AnyOperation } from '../model/operation.ts';
import type { Problem } from '../model/problem.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { hostsOfRoles, type Role } from '../model/role.ts';
import type { Shipment } from '../model/shipment.ts';
import { engineStepsIn, operationsIn, type EngineStep, type Step } from '../model/step.ts';
import type { HostSurvey, Survey } from '../model/survey.ts';
import type { Task } from '../model/task.ts';
import { changedSteps } from './changed-steps.ts';
import type { Plan, PlannedStep, PlanNode } from './plan.ts';
import { publishes } from './params.ts';
import { stepIds } from './planned-steps.ts';
import { afterPublishing, decideRetention } from './retention.ts';
import { hostRules, taskRules } from './rules.ts';
import { chooseRelease, type Chosen } from './target.ts';

/** Everything a plan is made of. Nothing in it is asked for while planning: planning is pure. */
export interface PlanInput {
  readonly task: Task;
  readonly environment: string;
  readonly inventory: Inventory;
  /** Host names that `--limit` leaves; undefined for all. */
  readonly limit: readonly string[] | undefined;
  readonly params: Readonly<Record<string, unknown>>;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly survey: Survey;
  /** What the branch was resolved to; undefined for tasks that need no code. */
  readonly source:
    { readonly commit: string; readonly ref: string; readonly shipment: Shipment | undefined } | undefined;
  readonly now: Date;
}

/** What a task is limited to: what was typed, else the hosts it is for unless --all-hosts is given. */
export const limitOf = (
  { narrowTo }: Task,
  inventory: Inventory,
  { typed, allHosts }: { readonly typed: readonly string[] | undefined; readonly allHosts: boolean },
): readonly string[] | undefined =>
  typed ??
  (narrowTo === undefined || allHosts ? undefined : hostsOfRoles(inventory, [narrowTo]).map(({ name }) => name));

/** The hosts of a task, before anything is asked of them: the union of its steps' roles. */
export const hostsOfTask = (
  task: Task,
  inventory: Inventory,
  limit: readonly string[] | undefined,
): readonly string[] =>
  hostsOfRoles(inventory, rolesIn(task.steps))
    .map(({ name }) => name)
    .filter((name) => limit === undefined || limit.includes(name));

/** A pure function of what is known: a Plan, or every Problem that stands in its way. */
export const makePlan = (input: PlanInput): Result<Plan, readonly Problem[]> => {
  const problems = [...taskRules(input), ...hostRules(input)];
  if (problems.length > 0) return fail(problems);
  const chosen = chooseRelease(input);
  if (!chosen.ok) return fail(chosen.failure);
  const plan = assemble(input, chosen.value);
  const changed =
    plan.resumed && plan.release !== undefined
      ? changedSteps(plan.task, input.survey, plan.release.id, stepIds(plan.nodes))
      : [];
  return changed.length > 0 ? fail(changed) : ok(plan);
};

const assemble = (input: PlanInput, chosen: Chosen): Plan => {
  const { task, inventory, survey, params, settings, now } = input;
  const inOrder = hostsOfTask(task, inventory, input.limit);
  const hosts = inOrder.flatMap((name) => survey.hosts.filter(({ host }) => host === name));
  const names = hosts.map(({ host }) => host);
  const releaseHosts = engineStepsIn(task.steps)
    .filter(({ action }) => action === 'publish')
    .flatMap(({ roles }) => hostsOfRoles(inventory, roles).map(({ name }) => name))
    .filter((name) => names.includes(name));
  const guardView = viewForGuards(
    input,
    chosen,
    hosts.filter(({ host }) => releaseHosts.includes(host)),
  );
  return {
    task,
    environment: input.environment,
    id: chosen.runId,
    release: chosen.release,
    resumed: chosen.resumed,
    hosts,
    releaseHosts,
    leftOut: survey.unreachable,
    nodes: nodesFor(task.steps, {
      inventory,
      names,
      done: doneSteps(hosts, chosen, releaseHosts),
      pending: pendingStarts(hosts, chosen),
      seen: new Map(),
      conditions: [],
    }),
    params,
    settings,
    shipment: input.source?.shipment,
    retention: cleans(task)
      ? decideRetention({
          hosts: publishes(task) && chosen.release !== undefined ? afterPublishing(hosts, chosen.release.id) : hosts,
          keep: Number(params['keep'] ?? 5),
          building: chosen.release?.id,
          now,
        })
      : undefined,
    guards: task.guards.flatMap((guard) => {
      const question = guard.ask(guardView);
      return question === undefined ? [] : [{ guard, question }];
    }),
    guardView,
    startedAt: now,
    notices: chosen.notices,
  };
};

const cleans = (task: Task): boolean => engineStepsIn(task.steps).some(({ action }) => action === 'clean');

const rolesIn = (steps: readonly Step[]): readonly Role[] => [
  ...operationsIn(steps).flatMap(({ roles, uses }) => [...roles, ...uses]),
  ...engineStepsIn(steps).flatMap(({ roles }) => roles),
];

interface Placing {
  readonly inventory: Inventory;
  readonly names: readonly string[];
  readonly done: (step: string) => Readonly<Record<string, Json>>;
  readonly pending: (stop: string) => Readonly<Record<string, Json>>;
  /** How often each name was used so far: the second gets `#2`. */
  readonly seen: Map<string, number>;
  readonly conditions: readonly string[];
}

const nodesFor = (steps: readonly Step[], placing: Placing): readonly PlanNode[] =>
  steps.map((step): PlanNode => {
    switch (step.kind) {
      case 'operation':
      case 'engine':
        return { kind: 'step', planned: place(step, placing) };
      case 'per-host':
      case 'parallel':
        return { kind: step.kind, steps: step.steps.map((each) => place(each, placing)) };
      case 'when': {
        const inner = { ...placing, conditions: [...placing.conditions, step.because] };
        const nodes = nodesFor(step.steps, inner);
        return { kind: 'when', decidedBy: step.operation.name, because: step.because, is: step.is, nodes };
      }
      case 'during': {
        const stop = place(step.stop, placing);
        return {
          kind: 'during',
          stop,
          start: step.start,
          pending: placing.pending(stop.id),
          nodes: nodesFor(step.steps, placing),
        };
      }
    }
  });

const place = (step: AnyOperation | EngineStep, { inventory, names, done, seen, conditions }: Placing): PlannedStep => {
  const times = (seen.get(step.name) ?? 0) + 1;
  seen.set(step.name, times);
  const id = times === 1 ? step.name : `${step.name}#${times}`;
  const hosts = hostsOfRoles(inventory, step.roles)
    .map(({ name }) => name)
    .filter((name) => names.includes(name));
  return {
    id,
    step,
    hosts: step.kind === 'operation' && step.once ? hosts.slice(0, 1) : hosts,
    conditions,
    done: step.kind === 'operation' && step.everyRun ? {} : done(id),
  };
};

/** Finished steps by host, from the journals on the hosts; only a resume looks at them. */
const doneSteps = (
  hosts: readonly HostSurvey[],
  { resumed, release }: Chosen,
  releaseHosts: readonly string[],
): ((step: string) => Record<string, Json>) => {
  if (!resumed || release === undefined) return () => ({});
  const isLive = ({ current }: HostSurvey): boolean => current.kind === 'release' && current.id === release.id;
  const live = hosts.filter(({ host }) => releaseHosts.includes(host)).every(isLive);
  const journals = hosts.map(({ host, releases }) => {
    const journal = releases.find(({ name }) => name === release.id)?.journal ?? [];
    const published = journal.findIndex(({ step }) => step === 'release.publish');
    // What was rolled back is published again, and what follows publishing is done again.
    return { host, journal: live || published < 0 ? journal : journal.slice(0, published) };
  });
  return (step) =>
    Object.fromEntries(
      journals.flatMap(({ host, journal }) =>
        journal.filter((entry) => entry.step === step).map(({ result }) => [host, result] as const),
      ),
    );
};

/** The journal's name for the start that belongs to a stop. */
export const startOf = (stop: string): string => `${stop}:start`;

/** Where more was stopped than started again: a run was killed inside a `during`. */
const pendingStarts =
  (hosts: readonly HostSurvey[], { resumed, release }: Chosen) =>
  (stop: string): Record<string, Json> =>
    Object.fromEntries(
      hosts.flatMap(({ host, releases }) => {
        const journal = resumed ? (releases.find(({ name }) => name === release?.id)?.journal ?? []) : [];
        const stops = journal.filter(({ step }) => step === stop);
        const starts = journal.filter(({ step }) => step === startOf(stop));
        const last = stops.at(-1);
        return last !== undefined && stops.length > starts.length ? [[host, last.result] as const] : [];
      }),
    );

const viewForGuards = (input: PlanInput, chosen: Chosen, releaseHosts: readonly HostSurvey[]): GuardView => {
  const live = new Map(
    releaseHosts.map(({ current, releases }) => {
      const id = current.kind === 'release' ? current.id : undefined;
      return [id, releases.find(({ name }) => name === id)?.record?.commit ?? undefined] as const;
    }),
  );
  const [[id, commit] = [undefined, undefined]] = [...live];
  return {
    environment: input.environment,
    task: input.task.name,
    settings: input.settings,
    release: chosen.release?.id,
    live: live.size === 1 && id !== undefined ? { id, commit } : undefined,
    shipment: input.source?.shipment,
    resumed: chosen.resumed,
    now: input.now,
  };
};
