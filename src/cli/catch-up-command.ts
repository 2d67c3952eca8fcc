import { catchUp } from '../program/catch-up.ts';
import type { Loaded } from '../program/load.ts';
import type { Problem } from '../model/problem.ts';
import { ok, type Result } from '../model/result.ts';
import type { Invocation } from './argv/command-line.ts';
import type { Output } from './output.ts';

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
