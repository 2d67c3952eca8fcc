import { readStepState } from '../model/durable-step.ts';
import type { Loaded } from '../program/load.ts';
import { cancelStep, livingOf } from '../session/durable.ts';
import { endingText } from './attach-command.ts';
import type { Globals } from './argv/globals.ts';
import type { Output } from './output.ts';
import { confirm } from './questions.ts';
import { refuse } from './refuse.ts';
import { findSteps, type FoundStep } from './step-search.ts';

/**
 * Ends every durable step that runs or was lost, or the named one, and what ended ones have left running: TERM
 * to its group, KILL after five seconds. Whoever resumes the release runs it again. 0 when all is ended, 1 when
 * something is not, 4 when a host could not be asked.
 */
export const cancel = async (
  loaded: Loaded,
  name: string | undefined,
  globals: Globals,
  output: Output,
  signal: AbortSignal,
): Promise<number> => {
  const states: readonly FoundStep['state'][] = ['running', 'lost', 'ended', 'cancelled'];
  const found = await findSteps(loaded, { name, states }, globals, output, signal);
  if (!found.ok) return refuse(output, found.failure);
  const known = found.value.everyHostAsked ? 0 : 4;
  const steps = await whereSomethingLives(found.value.steps);
  if (steps.length === 0) {
    output.print('Nothing to cancel: no durable step runs or is lost.');
    return known;
  }
  for (const { step, release, host, state } of steps)
    output.note(`${step} of ${release} on ${host}: ${stateWords[state]}`);
  if (!globals.yes && !output.interactive) {
    output.complain(`End ${steps.length === 1 ? 'it' : 'them'}? Answer it ahead with --yes; nothing was ended.`);
    return 2;
  }
  if (!globals.yes && !(await confirm(`End ${steps.length === 1 ? 'it' : `these ${steps.length}`}?`))) {
    output.complain('Nothing was ended.');
    return 2;
  }
  const by = `${loaded.user}@${loaded.machine}`;
  const endings = await Promise.all(steps.map((step) => cancelOne(step, by)));
  for (const { gone, sentence } of endings)
    if (gone) output.print(sentence);
    else output.complain(sentence);
  return endings.every(({ gone }) => gone) ? known : 1;
};

const stateWords: Readonly<Record<FoundStep['state'], string>> = {
  running: 'runs',
  lost: 'lost',
  ended: 'ended, and left processes behind',
  cancelled: 'cancelled, and left processes behind',
};

const isOver = ({ state }: FoundStep): boolean => state === 'ended' || state === 'cancelled';

const livesOn = async ({ session, directory }: FoundStep): Promise<boolean> =>
  (await session().read(livingOf(directory))).trim() !== '';

/** What runs or was lost, and of what is over only that which has left something. */
const whereSomethingLives = async (steps: readonly FoundStep[]): Promise<readonly FoundStep[]> => {
  const living = await Promise.all(steps.map(async (step) => !isOver(step) || (step.locked && (await livesOn(step)))));
  return steps.filter((_, index) => living[index]);
};

const cancelOne = async (
  found: FoundStep,
  by: string,
): Promise<{ readonly gone: boolean; readonly sentence: string }> => {
  const { step, host, session, directory } = found;
  const state = readStepState(await session().read(cancelStep(directory, by)));
  if (!isOver(found)) return { gone: state.kind === 'cancelled', sentence: `${step} on ${host} ${endingText(state)}` };
  const gone = !(await livesOn(found));
  return { gone, sentence: `what ${step} has left on ${host} ${gone ? 'is ended' : 'still runs'}` };
};
