import type { GuardView } from '../model/guard.ts';
import type { Inventory } from '../model/inventory.ts';
import type { Json } from '../model/json.ts';
import type { AnyOperation } from '../model/operation.ts';
import type { ReleaseId } from '../model/release.ts';
import type { Problem } from '../model/problem.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { hostsOfRoles } from '../model/role.ts';
import type { Shipment } from '../model/shipment.ts';
import { duringsIn, engineStepsIn, type During, type EngineStep, type Step } from '../model/step.ts';
import type { HostSurvey, Survey } from '../model/survey.ts';
import type { Task } from '../model/task.ts';
import { changedSteps, changedStepsProblem } from './changed-steps.ts';
import { doneSteps } from './done-steps.ts';
import { lockOf } from './fleet-lock.ts';
import { hostNotices } from './host-notices.ts';
import { hostRules } from './host-rules.ts';
import { hostsOfTask } from './hosts-of-task.ts';
import { owedStarts, owedWords } from './owed-starts.ts';
import type { Plan, PlannedStep, PlanNode } from './plan.ts';
import { publishes } from './params.ts';
import { stepIds } from './planned-steps.ts';
import { leftOutOf } from './reach.ts';
import { releaseHostNames } from './release-hosts.ts';
import { afterPublishing, decideRetention, liveOn } from './retention.ts';
import type { Damage } from './rollback.ts';
import { roomProblems } from './room.ts';
import { taskRules } from './rules.ts';
import { runningBeside } from './running-steps.ts';
import { takenOverFromOne } from './taken-over.ts';
import { chooseRelease, type Chosen } from './target.ts';

export { startOf } from './done-steps.ts';
export { hostsOfTask, limitOf } from './hosts-of-task.ts';

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
  /** What comparing a rollback's releases with their records has found; undefined where nothing was compared. */
  readonly integrity?: Integrity;
  /** The release of an interrupted publish that this run finishes: going back to it is done even where it is live. */
  readonly finishes?: ReleaseId;
  /** Whatever the tasks of the fabfile stop for a while: killed runs of any of them may have left it stopped. */
  readonly durings?: readonly During[];
  readonly now: Date;
}

/** Releases whose files were compared with what was recorded when they were built. */
export interface Integrity {
  readonly damages: readonly Damage[];
  /** Where the comparing itself failed, and why. */
  readonly unchecked: readonly { readonly release: string; readonly host: string; readonly why: string }[];
}

/** A pure function of what is known: a Plan, or every Problem that stands in its way. */
export const makePlan = (input: PlanInput): Result<Plan, readonly Problem[]> => {
  const problems = [...taskRules(input), ...hostRules(input)];
  if (problems.length > 0) return fail(problems);
  const own = onOwnHosts(input);
  const chosen = chooseRelease(own);
  if (!chosen.ok) return fail(chosen.failure);
  const plan = assemble(input, own, chosen.value);
  const changed =
    plan.resumed && plan.release !== undefined ? changedSteps(plan.task, own.survey, plan.release.id, plan.nodes) : [];
  const goesOn = input.params['changed_steps'] === true;
  const beside = runningBeside(input, plan);
  const late = [
    ...beside.problems,
    ...takenOverFromOne(own, plan),
    ...roomFor(own, chosen.value),
    ...(goesOn ? [] : changedStepsProblem(changed)),
  ];
  return late.length > 0
    ? fail(late)
    : ok({ ...plan, notices: [...plan.notices, ...beside.notices, ...(goesOn ? changed : [])] });
};

/**
 * Hosts that are only there to end an earlier publish are locked with the others; steps, releases and
 * cleaning are not for them.
 */
const onOwnHosts = (input: PlanInput): PlanInput => {
  const names = hostsOfTask(input.task, input.inventory, input.limit);
  return {
    ...input,
    survey: { ...input.survey, hosts: input.survey.hosts.filter(({ host }) => names.includes(host)) },
  };
};

const roomFor = ({ task, inventory, survey, environment }: PlanInput, { release }: Chosen): readonly Problem[] => {
  if (task.release.kind !== 'new' || release === undefined) return [];
  const roles = engineStepsIn(task.steps)
    .filter(({ action }) => action === 'create')
    .flatMap((step) => step.roles);
  const makers = hostsOfRoles(inventory, roles).map(({ name }) => name);
  return roomProblems(
    survey.hosts.filter(({ host }) => makers.includes(host)),
    { release: release.id, environment },
  );
};

const inInventoryOrder = ({ inventory, survey }: PlanInput): readonly HostSurvey[] =>
  inventory.hosts.flatMap(({ name }) => survey.hosts.filter(({ host }) => host === name));

const assemble = (input: PlanInput, own: PlanInput, chosen: Chosen): Plan => {
  const { task, params, settings, now } = input;
  const hosts = inInventoryOrder(own);
  const names = hosts.map(({ host }) => host);
  const releaseHosts = releaseHostNames(input).filter((name) => names.includes(name));
  const owed =
    lockOf(input) === 'exclusive' ? owedStarts(hosts, [...(input.durings ?? []), ...duringsIn(task.steps)]) : [];
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
    hosts: inInventoryOrder(input),
    releaseHosts,
    leftOut: leftOutOf(input),
    owed,
    nodes: placed(input, hosts, releaseHosts, chosen),
    params,
    settings,
    shipment: input.source?.shipment,
    retention: cleans(task)
      ? decideRetention({
          hosts: publishes(task) && chosen.release !== undefined ? afterPublishing(hosts, chosen.release.id) : hosts,
          keep: Number(params['keep'] ?? 5),
          building: chosen.release?.id,
          before: liveOn(hosts),
          owed: new Set(owed.map(({ release }) => release)),
          now,
        })
      : undefined,
    guards: task.guards.flatMap((guard) => {
      const question = guard.ask(guardView);
      return question === undefined ? [] : [{ guard, question }];
    }),
    guardView,
    startedAt: now,
    notices: [
      ...new Set(owed.map(owedWords)),
      ...chosen.notices,
      ...hostNotices(input, chosen.resumed ? chosen.release?.id : undefined),
    ],
  };
};

const cleans = (task: Task): boolean => engineStepsIn(task.steps).some(({ action }) => action === 'clean');

interface Placing {
  readonly inventory: Inventory;
  readonly names: readonly string[];
  readonly done: (step: string) => Readonly<Record<string, Json>>;
  /** How often each name was used so far: the second gets `#2`. */
  readonly seen: Map<string, number>;
  readonly conditions: readonly string[];
}

/** The steps in their places; a resume knows from the journals what is done. */
const placed = (
  { task, inventory }: PlanInput,
  hosts: readonly HostSurvey[],
  releaseHosts: readonly string[],
  { resumed, release }: Chosen,
): readonly PlanNode[] => {
  const names = hosts.map(({ host }) => host);
  const fresh = (): readonly PlanNode[] =>
    nodesFor(task.steps, { inventory, names, done: nothing, seen: new Map(), conditions: [] });
  if (!resumed || release === undefined) return fresh();
  return nodesFor(task.steps, {
    inventory,
    names,
    done: doneSteps({ hosts, release: release.id, releaseHosts, order: stepIds(fresh()) }),
    seen: new Map(),
    conditions: [],
  });
};

const nothing = (): Readonly<Record<string, Json>> => ({});

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
          words: step.words,
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
  const finished = step.kind === 'operation' && step.everyRun ? {} : done(id);
  // What is done once and was done is not done again elsewhere because its host stands second now.
  const once = hosts.find((name) => finished[name] !== undefined) ?? hosts[0];
  return {
    id,
    step,
    hosts: step.kind === 'operation' && step.once && once !== undefined ? [once] : hosts,
    conditions,
    done: finished,
  };
};

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
