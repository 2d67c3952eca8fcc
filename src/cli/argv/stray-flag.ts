import type { Problem } from '../../model/problem.ts';
import { isReleaseId } from '../../model/release.ts';
import { taskIn } from './known.ts';
import type { Line } from './line.ts';
import { pendingPositionals, type Segment } from './segment.ts';
import { flagBeforeTask, flagOfAnotherTask, unknownFlag } from './sentences.ts';
import { optionNamed, valueOf, type CommandShape } from './shape.ts';
import { splitFlag } from './spelling.ts';

/** A flag that the task before it does not have, and where it stands. */
export interface StrayFlag {
  readonly text: string;
  readonly line: Line;
  readonly shapes: readonly CommandShape[];
  readonly environments: readonly string[];
  readonly environment: string | undefined;
  readonly segment: Segment | undefined;
  readonly segments: readonly Segment[];
  /** What to say when nothing else fits. */
  readonly hint: string | undefined;
}

/** Says whose flag it is and where to write it; `skip`: the next word is its value, and no task. */
export const strayFlag = (stray: StrayFlag): { readonly problem: Problem; readonly skip: boolean } => {
  const { text, line, segment } = stray;
  const { name, value } = splitFlag(text);
  const { owner, inLine } = ownerOf(stray, name);
  const takes = takenBy(owner, name, line.nextValue);
  const taken = value === undefined && takes === true ? line.nextValue : undefined;
  const words = [text, ...(taken === undefined ? [] : [taken])];
  return {
    problem:
      segment === undefined && owner !== undefined
        ? flagBeforeTask(words, owner, whereOf(stray))
        : segment !== undefined && owner !== undefined && inLine
          ? flagOfAnotherTask(words, owner, segment.shape)
          : unknownFlag(text, segment?.shape, owner, stray.hint),
    skip: value === undefined && (takes ?? isNothingElse(stray, line.nextValue)),
  };
};

/** The task it belongs to: one that is still to come, one that stands before, any other. */
const ownerOf = ({ line, segments, shapes }: StrayFlag, name: string) => {
  const owners = shapes.filter((shape) => optionNamed(shape, name) !== undefined);
  const ahead = line.ahead.map((word) => taskIn(word, shapes));
  const inLine = [...ahead, ...segments.map(({ shape }) => shape)];
  const near = inLine.find((shape) => shape !== undefined && owners.includes(shape));
  return { owner: near ?? owners[0], inLine: near !== undefined };
};

/** Whether it takes the next word; undefined for a flag that nobody knows. */
const takenBy = (owner: CommandShape | undefined, name: string, next: string | undefined): boolean | undefined => {
  const option = owner === undefined ? undefined : optionNamed(owner, name);
  if (option === undefined) return undefined;
  if (next === undefined || valueOf(option) === 'none') return false;
  return valueOf(option) === 'required' || isReleaseId(next);
};

/** A word that can only be the value of a flag nobody knows; left in place it would earn a second sentence. */
const isNothingElse = ({ segment, shapes, environments }: StrayFlag, next: string | undefined): boolean =>
  next !== undefined &&
  taskIn(next, shapes) === undefined &&
  !environments.includes(next) &&
  (segment === undefined || pendingPositionals(segment).length === 0);

const whereOf = ({ environment, environments, line }: StrayFlag): string =>
  environment ?? line.ahead.find((word) => environments.includes(word)) ?? '<env>';
