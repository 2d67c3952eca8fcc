import type { Guard } from '../model/guard.ts';
import { nearest } from '../model/nearest.ts';
import { problem, type Problem } from '../model/problem.ts';
import type { ReleaseId } from '../model/release.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { hostsOfRole } from '../model/role.ts';
import { operationsIn } from '../model/step.ts';
import type { Survey } from '../model/survey.ts';
import { duringsOf, type Runnable, type Task } from '../model/task.ts';
import { aimedAgain, aimedAt, interruptedTarget } from '../plan/aim.ts';
import { hostsOfTask, limitOf } from '../plan/hosts-of-task.ts';
import { plannedSteps } from '../plan/planned-steps.ts';
import { makePlan, type PlanInput } from '../plan/make-plan.ts';
import type { Plan } from '../plan/plan.ts';
import { leavesOut } from '../plan/reach.ts';
import { taskRules } from '../plan/rules.ts';
import type { Loaded } from './load.ts';
import { completeParams } from './params.ts';
import { integrityFor } from './integrity.ts';
import { lookAtHosts } from './look-at-hosts.ts';
import type { SurveyHostsOptions } from './survey-hosts.ts';
import { sourceFor } from './source-for.ts';

export interface PlanOptions {
  /** Host, group and role names; only for tasks that do not publish. */
  readonly limit?: readonly string[] | undefined;
  /** Guard flags that are answered ahead: `yes`, `other-branch`, … */
  readonly answers?: readonly string[] | ReadonlySet<string>;
  readonly signal?: AbortSignal;
  /** Told what is going on before there is a run: «surveying 30 hosts». */
  readonly onProgress?: ((line: string) => void) | undefined;
}

/** A plan and what is needed to carry it out, or to make it again. */
export interface Planned {
  readonly loaded: Loaded;
  readonly plan: Plan;
  readonly answers: ReadonlySet<string>;
  /** Guards that nobody has answered yet. */
  readonly questions: readonly { readonly guard: Guard; readonly question: string }[];
  /** On a fresh survey, with the commit that was chosen. `settled`: finishing an interrupted publish left every host on it. */
  again(settled?: ReleaseId): Promise<Result<Planned, readonly Problem[]>>;
  /** A second look, for what cleaning may delete: it says nothing of tools and disks. */
  resurvey(): Promise<Survey>;
}

const never = new AbortController().signal;

/**
 * Plans one task: checks what was asked, connects, surveys, resolves the branch. Reads only.
 * Returns every Problem that stands in the way.
 */
export const plan = async (
  loaded: Loaded,
  name: string,
  given: Readonly<Record<string, unknown>> = {},
  options: PlanOptions = {},
): Promise<Result<Planned, readonly Problem[]>> => {
  const task = findRunnable(loaded, name);
  if (!task.ok) return task;
  if (task.value.kind === 'view') return fail([problem(`${name} only looks: there is nothing to plan.`)]);
  const asked = ask(loaded, task.value, given, options);
  return asked.ok ? planAsked(loaded, asked.value, options) : asked;
};

/** What can be known without a connection. */
interface Asked {
  readonly task: Task;
  readonly params: Readonly<Record<string, unknown>>;
  readonly limit: readonly string[] | undefined;
  readonly hosts: readonly string[];
  /** The commit of an earlier planning, and the ref that it was chosen by. */
  readonly chosen?: { readonly commit: string; readonly ref: string };
}

const ask = (
  loaded: Loaded,
  task: Task,
  given: Readonly<Record<string, unknown>>,
  options: PlanOptions,
): Result<Asked, readonly Problem[]> => {
  const { environment, settings } = loaded;
  const params = completeParams(task, given, settings);
  const typed = readLimit(loaded, options.limit);
  if (!params.ok || !typed.ok) return fail([...(params.ok ? [] : params.failure), ...(typed.ok ? [] : typed.failure)]);
  const limit = limitOf(task, environment.inventory, {
    typed: typed.value,
    allHosts: params.value['all_hosts'] === true,
  });
  const problems = [
    ...taskRules({ task, inventory: environment.inventory, environment: environment.name, limit: typed.value }),
    ...settingProblems(task, settings),
    ...((given['branch'] !== undefined || given['commit'] !== undefined) && (params.value['resume'] ?? false) !== false
      ? [problem('--resume goes on with the commit of its release: --branch and --commit do not fit.')]
      : []),
  ];
  const hosts = hostsOfTask(task, environment.inventory, limit);
  if (problems.length === 0 && hosts.length === 0 && limit !== undefined)
    problems.push(problem(`${task.name} does nothing on ${limit.join(', ')}: none of them has one of its roles.`));
  return problems.length > 0 ? fail(problems) : ok({ task, params: params.value, limit, hosts });
};

const planAsked = async (
  loaded: Loaded,
  typed: Asked,
  options: PlanOptions,
  settled?: ReleaseId,
): Promise<Result<Planned, readonly Problem[]>> => {
  const { environment, settings } = loaded;
  const { task, limit } = typed;
  const journalsOf = typeof typed.params['resume'] === 'string' ? [typed.params['resume']] : [];
  const look = (more: Pick<SurveyHostsOptions, 'onProgress' | 'measure' | 'cleaningOn'> = {}): Promise<Survey> =>
    lookAtHosts(loaded, task, typed.hosts, { journalsOf, signal: options.signal, ...more });
  const found = await look({ onProgress: options.onProgress, measure: task.release.kind === 'new' });
  const interrupted = interruptedTarget(task, found);
  const asked = aimedAt(typed, interrupted);
  const finishes = settled ?? interrupted;
  const { params } = asked;
  const stops = found.unreachable.length > 0 && !leavesOut(asked);
  const integrity =
    task.release.kind !== 'previous' || stops
      ? undefined
      : await integrityFor(loaded, { task, params, survey: found, signal: options.signal ?? never });
  const source = stops
    ? ok(undefined)
    : await sourceFor(loaded, asked, {
        found,
        integrity,
        signal: options.signal ?? never,
        onProgress: options.onProgress,
      });
  const input: PlanInput = {
    task,
    environment: environment.name,
    inventory: environment.inventory,
    limit,
    params,
    settings,
    survey: found,
    source: source.ok ? source.value : undefined,
    ...(integrity === undefined ? {} : { integrity }),
    ...(finishes === undefined ? {} : { finishes }),
    durings: duringsOf(loaded.runnables),
    now: new Date(),
  };
  const made = makePlan(input);
  if (!made.ok || !source.ok) return fail([...(source.ok ? [] : source.failure), ...(made.ok ? [] : made.failure)]);
  const answers: ReadonlySet<string> = new Set(options.answers);
  return ok({
    loaded,
    plan: made.value,
    answers,
    questions: made.value.guards.filter(({ guard }) => !answers.has(guard.flag)),
    again: (done) => planAsked(loaded, aimedAgain(pinned(typed, made.value), made.value, done), options, done),
    resurvey: () => look({ cleaningOn: hostsThatClean(made.value) }),
  });
};

const hostsThatClean = ({ nodes }: Plan): readonly string[] =>
  plannedSteps(nodes).flatMap(({ step, hosts }) => (step.kind === 'engine' && step.action === 'clean' ? hosts : []));

/** One commit is chosen once, by the branch it was chosen by: planning again must not take a later one. */
const pinned = (asked: Asked, { release, resumed }: Plan): Asked =>
  asked.task.release.kind === 'new' && asked.task.release.commit !== 'live' && !resumed && release?.commit !== undefined
    ? { ...asked, chosen: { commit: release.commit, ref: release.ref ?? release.commit } }
    : asked;

/** The task or view of a name, in either spelling, or a Problem with the nearest one. */
export const findRunnable = (
  { runnables, environment }: Loaded,
  name: string,
): Result<Runnable, readonly Problem[]> => {
  const wanted = name.replaceAll('-', '_');
  const found = runnables.find((each) => [each.name, ...each.aliases].includes(wanted));
  if (found !== undefined) return ok(found);
  const near = nearest(
    wanted,
    runnables.map((each) => each.name),
  );
  return fail([
    problem(`There is no task ${name}.`, {
      hint: near === undefined ? `\`fab ${environment.name}\` lists them` : `did you mean ${near}?`,
    }),
  ]);
};

/** `--limit` names hosts, inventory groups and roles; the answer is host names. */
export const readLimit = (
  { environment, runnables }: Loaded,
  limit: readonly string[] | undefined,
): Result<readonly string[] | undefined, readonly Problem[]> => {
  if (limit === undefined) return ok(undefined);
  const { inventory } = environment;
  const roles = runnables.flatMap((each) =>
    each.kind === 'task' ? operationsIn(each.steps).flatMap((operation) => operation.roles) : [],
  );
  const named = limit.map((name) => {
    const host = inventory.hosts.find((each) => each.name === name);
    const members = Object.hasOwn(inventory.groups, name) ? inventory.groups[name] : undefined;
    const role = roles.find((each) => each.name === name);
    const hosts =
      host !== undefined
        ? [host.name]
        : (members ?? (role === undefined ? undefined : hostsOfRole(inventory, role).map((each) => each.name)));
    return { name, hosts };
  });
  const candidates = [
    ...inventory.hosts.map(({ name }) => name),
    ...Object.keys(inventory.groups),
    ...roles.map(({ name }) => name),
  ];
  const problems = named
    .filter(({ hosts }) => hosts === undefined)
    .map(({ name }) => {
      const near = nearest(name, candidates);
      return problem(
        `${environment.name} has no host, group or role ${name}.`,
        near === undefined ? {} : { hint: `did you mean ${near}?` },
      );
    });
  return problems.length > 0 ? fail(problems) : ok([...new Set(named.flatMap(({ hosts }) => hosts ?? []))]);
};

/** Settings that the task's operations declare must be readable before anything is touched. */
const settingProblems = (task: Task, settings: Readonly<Record<string, unknown>>): readonly Problem[] => {
  const seen = new Set<string>();
  return operationsIn(task.steps).flatMap((operation) =>
    Object.entries(operation.settings).flatMap(([key, param]) => {
      const value = settings[key];
      if (seen.has(key)) return [];
      seen.add(key);
      if (value === undefined || value === null)
        return param.required === true
          ? [problem(`${operation.name} needs the setting ${key}: ${param.description}.`)]
          : [];
      if (param.kind === 'secret') return [];
      const read = param.read(value);
      return read.ok ? [] : [problem(`The setting ${key} ${read.failure}.`)];
    }),
  );
};
