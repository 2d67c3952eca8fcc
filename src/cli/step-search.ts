import { layoutAt } from '../model/layout.ts';
import { problem, type Problem } from '../model/problem.ts';
import { fail, ok, type Result } from '../model/result.ts';
import type { Session } from '../model/session.ts';
import type { StepOnHost } from '../model/survey.ts';
import type { Loaded } from '../program/load.ts';
import { readLimit } from '../program/plan.ts';
import { surveyHosts } from '../program/survey-hosts.ts';
import { createSession } from '../session/session.ts';
import type { Globals } from './argv/globals.ts';
import type { Output } from './output.ts';

/** A durable step of a release on a host, and how to speak with it. */
export interface FoundStep extends StepOnHost {
  readonly host: string;
  readonly release: string;
  /** `layoutAt(root).step(release, step)`. */
  readonly directory: string;
  /** Something holds the release: a run, a step, or what a step has left behind. */
  readonly locked: boolean;
  /** A session as the release's owner; `onLine` gets the output of its commands. */
  readonly session: (onLine?: (line: string) => void) => Session;
}

/** What a search came to; a host that could not be asked was told of, and may have more. */
export interface FoundSteps {
  readonly steps: readonly FoundStep[];
  readonly everyHostAsked: boolean;
}

/** Durable steps of all releases on all hosts (or those of --limit) in one of these states; a named one or any. */
export const findSteps = async (
  loaded: Loaded,
  { name, states }: { readonly name: string | undefined; readonly states: readonly StepOnHost['state'][] },
  globals: Globals,
  output: Output,
  signal: AbortSignal,
): Promise<Result<FoundSteps, readonly Problem[]>> => {
  const limit = readLimit(loaded, globals.limit);
  if (!limit.ok) return limit;
  const { hosts } = loaded.environment.inventory;
  const names = hosts.map((host) => host.name).filter((host) => limit.value?.includes(host) ?? true);
  const seen = await surveyHosts(loaded, names, {
    signal,
    onProgress: (line) => output.note(output.colours.dim(line)),
  });
  for (const { host, sentence } of seen.unreachable) output.complain(`${host} could not be asked: ${sentence}`);
  const all = seen.hosts.flatMap(({ host, root, releases }) =>
    releases.flatMap(({ name: release, steps = [], locked }) =>
      steps.map((step) => ({
        ...step,
        host,
        release,
        locked,
        directory: layoutAt(root).step(release, step.step),
        session: (onLine?: (line: string) => void) => sessionOn(loaded, host, signal, onLine),
      })),
    ),
  );
  const known = [...new Set(all.map(({ step }) => step))];
  const everyHostAsked = seen.unreachable.length === 0;
  if (name !== undefined && !known.includes(name) && everyHostAsked)
    return fail([
      problem(
        `There is no durable step ${name} in any release of ${loaded.environment.name}.`,
        known.length === 0 ? {} : { hint: `there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ')}` },
      ),
    ]);
  const steps = all.filter(({ step, state }) => (name === undefined || step === name) && states.includes(state));
  return ok({ steps, everyHostAsked });
};

/** Half an hour is no time for a durable step; what keeps its connection watches over it. */
const patience = 1800;

const sessionOn = (
  { environment, fleet, sudoUser, path }: Loaded,
  name: string,
  signal: AbortSignal,
  onLine?: (line: string) => void,
): Session => {
  const host = environment.inventory.hosts.find((each) => each.name === name);
  if (host === undefined) throw new Error(`${name} is not in the inventory.`);
  return createSession(host, {
    connection: fleet.on(name),
    user: sudoUser,
    path,
    variables: {},
    silence: patience,
    signal,
    ...(onLine === undefined ? {} : { onLine: (_, line) => onLine(line) }),
  });
};
