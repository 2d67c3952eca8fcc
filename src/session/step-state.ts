import { CommandFailed } from '../model/failure.ts';
import type { AnyOperation, OperationContext } from '../model/operation.ts';
import type { Needs } from '../model/operation.ts';
import { readStepState, type StepState } from '../model/durable-step.ts';
import type { Params } from '../model/param.ts';
import { awaitStep, lastWordsOf, lookAtStep, markTold } from './durable.ts';

/** What of an operation's context says which step is meant. */
export type StepContext = Pick<OperationContext<Params, Params, Needs>, 'host' | 'layout' | 'release' | 'run'>;

const directoryOf = ({ layout, release }: StepContext, { name }: AnyOperation): string => layout.step(release.id, name);

/** How a durable operation of this release stands on this host. */
export const stepState = async (context: StepContext, operation: AnyOperation): Promise<StepState> =>
  readStepState(await context.host.read(lookAtStep(directoryOf(context, operation))));

/** In slices: a command that is silent for longer is taken for dead. */
const slice = 600;

/**
 * Waits for a durable operation that was started with `wait: false`. True when it has ended well, false when it
 * still runs after so many seconds.
 * @throws CommandFailed as the operation itself would: with its last words, or saying that it was lost or cancelled.
 */
export const stepEnded = async (
  context: StepContext,
  operation: AnyOperation,
  { within }: { readonly within: number },
): Promise<boolean> => {
  const { host, release, run } = context;
  const directory = directoryOf(context, operation);
  const deadline = Date.now() + within * 1000;
  let state = await stepState(context, operation);
  while (state.kind === 'running' && Date.now() < deadline) {
    const seconds = Math.min(slice, Math.max(1, Math.ceil((deadline - Date.now()) / 1000)));
    state = readStepState(await host.read(awaitStep(directory, seconds)));
  }
  if (state.kind === 'running') return false;
  if (state.kind === 'ended' && state.status === 0) return true;
  const output = await host.read(lastWordsOf(directory));
  await host.run(markTold(directory));
  throw stepFailure(state, {
    step: operation.name,
    host: host.name,
    environment: run.environment,
    command: operation.name,
    output,
    directory,
    again: `fab ${run.environment} ${run.task} --resume ${release.id}`,
  });
};

export interface StepFailureContext {
  readonly step: string;
  readonly host: string;
  readonly environment: string;
  readonly command: string;
  readonly output: string;
  readonly directory: string;
  /** What to type to have it run again. */
  readonly again: string;
}

/** Why a step that is not running any more did not end well. */
export const stepFailure = (state: StepState, about: StepFailureContext): CommandFailed => {
  const { command, output } = about;
  if (state.kind === 'ended')
    return new CommandFailed(
      { reason: 'command', command, status: state.status, output },
      `«${command}» ended with ${state.status}`,
    );
  return asFailure(sentenceOf(state, about));
};

/** A failure that is a sentence, without a place in our own code. */
export const asFailure = (message: string): CommandFailed => new CommandFailed({ reason: 'thrown', message }, message);

const sentenceOf = (
  state: Exclude<StepState, { readonly kind: 'ended' }>,
  { step, host, environment, directory, again }: StepFailureContext,
): string => {
  switch (state.kind) {
    case 'absent':
      return `${step} has not been started on ${host}.`;
    case 'running':
      return `${step} still runs on ${host}.`;
    case 'cancelled':
      return `${step} was cancelled by ${state.by}. To run it again: ${again}`;
    case 'lost':
      return state.pids.length > 0
        ? `${step} on ${host} is still running without its wrapper: ${processes(state.pids)}. How it ends will not be known: cancel it (fab ${environment} cancel ${step}) or wait until it is gone; nothing runs it a second time meanwhile.`
        : `${step} on ${host} was lost: it began, its wrapper is gone (killed, or the machine went down), and nothing says how it ended. Its output is ${directory}/output there. If it may be run once more: ${again} --run-lost-again`;
  }
};

/** `process 812`, `processes 812, 813`. */
export const processes = (pids: readonly number[]): string =>
  `${pids.length === 1 ? 'process' : 'processes'} ${pids.join(', ')}`;
