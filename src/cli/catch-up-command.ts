import { catchUp } from '../program/catch-up.ts';
import type { Loaded } from '../program/load.ts';
import { choice } from '../model/param.ts';
import type { Problem } from '../model/problem.ts';
import { ok, type Result } from '../model/result.ts';
import type { Invocation } from './argv/command-line.ts';
import type { CommandShape } from './argv/shape.ts';
import type { Output } from './output.ts';

/** `fab <env> catch_up`, as the command line sees it. */
export const catchUpShape: CommandShape = {
  name: 'catch_up',
  aliases: [],
  description: 'Bring hosts that were left behind to the release of the fleet.',
  group: 'Deploy',
  params: {
    when_unreachable: choice(['abort', 'leave'], {
      description: 'what to do about hosts that still cannot be reached: stop, or leave them out',
    }),
  },
  answers: [],
  needsEnvironment: true,
};

/** What it stands for: the task that made the fleet's release, resumed; undefined when nobody is behind. */
export const asResume = async (
  loaded: Loaded,
  invocation: Invocation,
  output: Output,
  signal: AbortSignal,
): Promise<Result<Invocation | undefined, readonly Problem[]>> => {
  const found = await catchUp(loaded, { signal, onProgress: (line) => output.note(output.colours.dim(line)) });
  if (!found.ok) return found;
  const { task, release, behind } = found.value;
  if (task === undefined) {
    output.print(`Every release host is on ${release}.`);
    return ok(undefined);
  }
  if (behind.length > 0) output.note(`${behind.join(', ')} → ${release}, as \`${task} --resume ${release}\``);
  return ok({
    ...invocation,
    task,
    params: { ...invocation.params, resume: release },
    given: { ...invocation.given, resume: release },
  });
};
