import { ByHost } from '../model/by-host.ts';
import { layoutAt, type Layout } from '../model/layout.ts';
import type { AnyOperation, OperationContext, OperationResult, Needs, TargetRelease } from '../model/operation.ts';
import type { Params, ParamValues } from '../model/param.ts';
import { hostsOfRole, type Role } from '../model/role.ts';
import { Secret } from '../model/secret.ts';
import type { Session } from '../model/session.ts';
import type { Tie } from '../session/tie.ts';
import { createSession, defaultSilence } from '../session/session.ts';
import { redactJson } from './emitter.ts';
import { nextCommand } from './next-command.ts';
import { hostOf, remember, surveyOf, type RunState } from './state.ts';
import { journalAhead } from './step-journal.ts';

type AnyContext = OperationContext<Params, Params, Needs>;

/** What an operation was given, the same on every host. */
export const valuesFor = (
  state: RunState,
  operation: AnyOperation,
): Pick<AnyContext, 'run' | 'params' | 'settings' | 'needs'> => ({
  run: state.info,
  params: pick(operation.params, state.plan.params),
  settings: settingsFor(operation.settings, state),
  needs: needsFor(state, operation),
});

/** Everything an operation gets for one host. */
export const contextFor = (state: RunState, operation: AnyOperation, step: string, host: string): AnyContext => {
  const survey = surveyOf(state, host);
  const layout = layoutAt(survey.root);
  return {
    host: sessionOn(state, step, host),
    others: (role) => sessionsOf(state, step, operation, role),
    release: targetOn(state, host),
    live: liveOn(state, host),
    layout,
    ...valuesFor(state, operation),
    signal: state.abort.signal,
    say: (sentence) => state.emit({ type: 'said', step, host, sentence }),
    willStop: async (stopped) => {
      await journalAhead(state, step, host, redactJson(stopped ?? null, state.redact));
      remember(state, step, host, stopped ?? null);
    },
  };
};

/** A session whose commands and output are told as events of this step. */
export const sessionOn = (
  state: RunState,
  step: string,
  host: string,
  signal: AbortSignal = state.abort.signal,
): Session => {
  const { root } = surveyOf(state, host);
  const keeper = state.keepers.get(host);
  return createSession(hostOf(state, host), {
    connection: state.fleet.on(host),
    user: state.sudoUser,
    path: state.path,
    variables: state.variables,
    silence: defaultSilence,
    ...(keeper === undefined ? {} : { tie: tieOf(state, layoutAt(root)), pace: keeper.pace }),
    signal,
    next: nextCommand(state, host, step),
    onCommand: (command) => state.emit({ type: 'command-started', step, host, command }),
    onLine: (stream, line) => state.emit({ type: 'output', step, host, stream, line }),
  });
};

/** Runs that hold the fleet's lock have a number; a command of theirs does not begin once there is a higher one. */
const tieOf = ({ mark, epoch }: RunState, layout: Layout): Tie => ({
  alive: layout.alive(mark),
  ...(epoch === undefined ? {} : { fence: { work: layout.work, epochFile: layout.epoch, epoch } }),
});

const sessionsOf = (state: RunState, step: string, operation: AnyOperation, role: Role): readonly Session[] => {
  if (![...operation.uses, ...operation.roles].some(({ name }) => name === role.name))
    throw new Error(`${operation.name} asks for the hosts of ${role.name} and does not declare it in \`uses\`.`);
  return hostsOfRole(state.inventory, role)
    .filter(({ name }) => state.plan.hosts.some(({ host }) => host === name))
    .map(({ name }) => sessionOn(state, step, name));
};

/** The run's release as it lies on one host. Reading it where there is none is a mistake of the task. */
const targetOn = (state: RunState, host: string): TargetRelease => {
  const { release, task } = state.plan;
  if (release !== undefined) return { ...release, path: layoutAt(surveyOf(state, host).root).release(release.id) };
  const none = (): never => {
    throw new Error(`${task.name} has no release here: none is live yet, or the task asks for none.`);
  };
  return Object.defineProperties({ commit: undefined, ref: undefined } as TargetRelease, {
    id: { get: none },
    path: { get: none },
  });
};

const liveOn = (state: RunState, host: string): TargetRelease | undefined => {
  const { current, root, releases } = surveyOf(state, host);
  if (current.kind !== 'release' || !current.exists) return undefined;
  const record = releases.find(({ name }) => name === current.id)?.record;
  return {
    id: current.id,
    path: layoutAt(root).release(current.id),
    commit: record?.commit ?? undefined,
    ref: record?.ref ?? undefined,
  };
};

const pick = <P extends Params>(params: P, values: Readonly<Record<string, unknown>>): ParamValues<P> =>
  Object.fromEntries(
    Object.keys(params).map((name) => [name, values[name] ?? params[name]?.default]),
  ) as ParamValues<P>;

/** Declared settings with their values; a secret one is looked for in `.env` under its upper-case name. */
const settingsFor = <S extends Params>(declared: S, { plan, secrets }: RunState): ParamValues<S> =>
  Object.fromEntries(
    Object.entries(declared).map(([name, param]) => {
      const fromEnvFile = secrets[name.toUpperCase()];
      if (param.kind === 'secret' && fromEnvFile !== undefined) return [name, new Secret(fromEnvFile)];
      const raw = plan.settings[name];
      if (raw === undefined || raw === null) return [name, param.default];
      const read = param.read(raw);
      if (!read.ok) throw new Error(`The setting ${name} ${read.failure}.`);
      return [name, read.value];
    }),
  ) as ParamValues<S>;

const needsFor = (state: RunState, operation: AnyOperation): Readonly<Record<string, never>> =>
  Object.fromEntries(
    Object.entries(operation.needs).map(([name, needed]) => {
      const answers = [...(state.results.get(needed.name) ?? new Map<string, OperationResult>())];
      return [name, needed.once ? answers[0]?.[1] : new ByHost(answers)];
    }),
  ) as Readonly<Record<string, never>>;
