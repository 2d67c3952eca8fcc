import { randomBytes } from 'node:crypto';
import type { StepState } from '../model/durable-step.ts';
import { CommandFailed, failureOf } from '../model/failure.ts';
import { layoutAt } from '../model/layout.ts';
import type { Detached } from '../model/operation.ts';
import type { Session } from '../model/session.ts';
import { readStepState } from '../model/durable-step.ts';
import { publishes } from '../plan/params.ts';
import type { PlannedStep } from '../plan/plan.ts';
import {
  beginStep,
  followStep,
  lastWordsOf,
  lookAtStep,
  markTold,
  readBegun,
  type Beginning,
  type Begun,
} from '../session/durable.ts';
import { asFailure, processes, stepFailure, type StepFailureContext } from '../session/step-state.ts';
import { contextFor, sessionOn } from './context.ts';
import { surveyOf, type RunState } from './state.ts';

/** One durable step on one host. */
interface Work {
  readonly state: RunState;
  readonly step: string;
  readonly host: string;
  readonly detached: Detached;
  readonly beginning: Beginning;
  /** Where the command runs. */
  readonly place: string;
  readonly about: StepFailureContext;
}

/**
 * Runs a durable step on one host: begins it if it does not run yet, else joins it, and follows it to its end.
 * The command itself knows nothing of this run: when the run ends, for whatever reason, it goes on.
 * @throws CommandFailed when it fails, was lost, or can be followed no longer.
 */
export const runDurable = async (state: RunState, planned: PlannedStep, host: string): Promise<void> => {
  const work = workFor(state, planned, host);
  if (work === undefined) return;
  state.emit({ type: 'command-started', step: work.step, host, command: work.beginning.command });
  const begun = await begin(work);
  if (begun.kind === 'found' && begun.state.kind === 'ended' && begun.state.status === 0) {
    say(work, `it has ended well meanwhile, at ${clock(begun.state.at)}; not run again`);
    return;
  }
  refuseUnlessRunning(work, begun, await wordsOfFailed(work, begun));
  const goesOn = `it goes on by itself; see it with: fab ${work.about.environment} attach ${work.step}`;
  if (!work.detached.wait) return say(work, goesOn);
  if (begun.kind === 'found') say(work, `it runs since ${clock(sinceOf(begun.state))}; joined it`);
  await follow(work, goesOn);
  await work.detached.healthy?.check(sessionOn(state, work.step, host));
};

const workFor = (state: RunState, planned: PlannedStep, host: string): Work | undefined => {
  const { step: operation, id: step } = planned;
  if (operation.kind !== 'operation' || operation.detached === undefined)
    throw new Error(`${step} is no durable operation.`);
  const { detached } = operation;
  const context = contextFor(state, operation, step, host);
  const command = detached.command(context)?.text;
  if (command === undefined) return undefined;
  const { plan, info } = state;
  const layout = layoutAt(surveyOf(state, host).root);
  const { id, path } = context.release;
  const directory = layout.step(id, step);
  // A release is built once; what a task does to the release that is there, it does each time it is asked.
  const once = plan.task.release.kind === 'new';
  return {
    state,
    step,
    host,
    detached,
    place: detached.in === 'release' ? path : layout.current,
    beginning: {
      directory,
      command,
      shown: state.redact(command),
      when: { done: !once, untold: !once, lost: plan.params['run_lost_again'] === true },
      mark: `${state.mark}-${randomBytes(4).toString('hex')}`,
    },
    about: {
      step,
      host,
      environment: info.environment,
      command,
      output: '',
      directory,
      again: `fab ${info.environment} ${plan.task.name}${once && publishes(plan.task) ? ` --resume ${id}` : ''}`,
    },
  };
};

/** Its session tells nobody: what is said of a durable step is its command and its output. */
const quietly = ({ state, step, host }: Work): Session =>
  sessionOn({ ...state, emit: (event) => (isOurs(event.type) ? undefined : state.emit(event)) }, step, host);

const isOurs = (type: string): boolean => type === 'command-started' || type === 'output';

/** The processes begin within moments, or something is wrong there. */
const patience = 60;

const begin = async (work: Work): Promise<Begun> => {
  const { beginning, place } = work;
  return readBegun(await quietly(work).within(patience).in(place).read(beginStep(beginning)));
};

/** The last words of a step that was found failed, whose failure counts as told from now on. */
const wordsOfFailed = async (work: Work, begun: Begun): Promise<string> => {
  if (begun.kind !== 'found' || begun.state.kind !== 'ended') return '';
  const { directory } = work.beginning;
  const words = await quietly(work).read(lastWordsOf(directory));
  await quietly(work).run(markTold(directory));
  return words;
};

const refuseUnlessRunning = ({ about, step, host }: Work, begun: Begun, output: string): void => {
  const cancel = `fab ${about.environment} cancel ${step}`;
  switch (begun.kind) {
    case 'started':
      return;
    case 'found':
      if (begun.state.kind === 'running') return;
      throw stepFailure(begun.state, { ...about, output });
    case 'other':
      throw asFailure(
        `Another command runs as ${step} on ${host} since ${clock(begun.since)}. Wait for it (fab ${about.environment} attach ${step}) or end it (${cancel}).`,
      );
    case 'busy':
      throw asFailure(
        `The last attempt of ${step} on ${host} has left ${processes(begun.pids)} behind; nothing is begun beside them. To end them: ${cancel}`,
      );
    case 'refused':
      throw asFailure(`${step} could not be started on ${host}: ${begun.why}.`);
  }
};

/** The status of `followStep` for a step that did not end well. */
const endedBadly = 3;

const follow = async (work: Work, goesOn: string): Promise<void> => {
  const { state, step, host, beginning, about } = work;
  const beat = `fab-beat ${beginning.mark}`;
  const following = sessionOn(
    {
      ...state,
      emit: (event) => {
        if (event.type === 'command-started' || (event.type === 'output' && event.line === beat)) return;
        state.emit(event);
      },
    },
    step,
    host,
  );
  try {
    await following.run(followStep(beginning.directory, beat));
  } catch (thrown) {
    const failure = failureOf(thrown);
    if (failure.reason === 'lost')
      throw new CommandFailed(
        {
          reason: 'lost',
          message: `${failure.message}\nThe step is durable: ${goesOn}, or join it with: ${about.again}`,
          goesOn: true,
        },
        failure.message,
      );
    if (failure.reason !== 'command' || failure.status !== endedBadly) {
      say(work, goesOn);
      throw thrown;
    }
    throw stepFailure(await ending(work), { ...about, output: failure.output });
  }
};

/** How it ended; a failure counts as told from now on. */
const ending = async (work: Work): Promise<StepState> => {
  const { directory } = work.beginning;
  const state = readStepState(await quietly(work).read(lookAtStep(directory)));
  await quietly(work).run(markTold(directory));
  return state;
};

const say = ({ state, step, host }: Work, sentence: string): void => state.emit({ type: 'said', step, host, sentence });

const sinceOf = (state: StepState): number => (state.kind === 'running' ? state.since : 0);

/** `14:05:33 UTC`, by the host's clock. */
const clock = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(11, 19)} UTC`;
