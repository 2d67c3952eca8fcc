import { readStepState, type StepState } from '../model/durable-step.ts';
import { failureOf } from '../model/failure.ts';
import type { Loaded } from '../program/load.ts';
import { statusText } from '../report/failure-text.ts';
import { followStep, lookAtStep } from '../session/durable.ts';
import { processes } from '../session/step-state.ts';
import type { Globals } from './argv/globals.ts';
import type { Output } from './output.ts';
import { refuse } from './refuse.ts';
import { findSteps, type FoundStep } from './step-search.ts';

/**
 * Follows every durable step that runs, or the named one, to its end. Takes no lock and changes nothing:
 * whoever leaves leaves the step running. 0 when all ended well, 1 when one did not, 4 when a host could not be
 * asked.
 */
export const attach = async (
  loaded: Loaded,
  name: string | undefined,
  globals: Globals,
  output: Output,
  signal: AbortSignal,
): Promise<number> => {
  const found = await findSteps(loaded, { name, states: ['running'] }, globals, output, signal);
  if (!found.ok) return refuse(output, found.failure);
  const { steps, everyHostAsked } = found.value;
  const known = everyHostAsked ? 0 : 4;
  if (steps.length === 0) {
    output.print(
      `${name === undefined ? 'No durable step' : name} runs ${name === undefined ? '' : 'nowhere '}on ${loaded.environment.name} now${everyHostAsked ? '' : ', as far as the hosts could be asked'}.`,
    );
    return known;
  }
  const several = steps.length > 1;
  const endings = await Promise.all(steps.map((step) => followOne(loaded, step, several, output, signal)));
  return endings.every(Boolean) ? known : 1;
};

const followOne = async (
  { redact, environment }: Loaded,
  found: FoundStep,
  several: boolean,
  output: Output,
  signal: AbortSignal,
): Promise<boolean> => {
  const { host, step, directory, release } = found;
  const beat = `fab-beat ${step}`;
  const show = (line: string): void => {
    if (line === beat) return;
    if (output.json) output.data({ type: 'output', step, host, release, line: redact(line) });
    else output.print(redact(several ? `${host} ${step}  ${line}` : line));
  };
  output.note(`${step} of ${release} on ${host}; Ctrl-C leaves it running`);
  try {
    await found.session(show).run(followStep(directory, beat));
  } catch (thrown) {
    if (signal.aborted)
      output.note(`${step} goes on on ${host}; join it again with: fab ${environment.name} attach ${step}`);
    if (signal.aborted) throw thrown;
    const failure = failureOf(thrown);
    if (failure.reason !== 'command') {
      output.complain(`${step} on ${host} can be followed no longer, and goes on there: ${(thrown as Error).message}`);
      return false;
    }
  }
  const state = readStepState(await found.session().read(lookAtStep(directory)));
  const well = state.kind === 'ended' && state.status === 0;
  const sentence = `${step} on ${host} ${endingText(state)}`;
  if (well) output.note(sentence);
  else output.complain(sentence);
  return well;
};

/** How a step ended, after its name. */
export const endingText = (state: StepState): string => {
  switch (state.kind) {
    case 'ended':
      return state.status === 0 ? 'ended well' : `failed: ${statusText(state.status)}`;
    case 'cancelled':
      return `was cancelled by ${state.by}`;
    case 'lost':
      return state.pids.length === 0
        ? 'was lost: nothing says how it ended'
        : `goes on without its wrapper: ${processes(state.pids)}`;
    case 'running':
      return 'still runs';
    case 'absent':
      return 'is gone';
  }
};
