import { isPositional, isRequiredPositional, optionsOf, type CommandShape, type Option } from './shape.ts';

/** One value given to one option, whichever spelling it was given in. */
export interface Assignment {
  readonly option: Option;
  readonly text: string;
}

/** The part of a command line that belongs to one task. */
export interface Segment {
  readonly shape: CommandShape;
  readonly assignments: Assignment[];
  positionalWords: readonly string[] | undefined;
}

export const newSegment = (shape: CommandShape): Segment => ({
  shape,
  assignments: [],
  positionalWords: undefined,
});

const isGiven = ({ assignments }: Segment, { name }: Option): boolean =>
  assignments.some(({ option }) => option.name === name);

/** The required positionals that still wait for a word. */
export const pendingPositionals = (segment: Segment): readonly Option[] =>
  optionsOf(segment.shape).filter((option) => isRequiredPositional(option) && !isGiven(segment, option));

/** Where text without a name goes: what is required first, else the first that is optional. */
export const openPositionals = (segment: Segment): readonly Option[] => {
  const pending = pendingPositionals(segment);
  const open = optionsOf(segment.shape).filter((option) => isPositional(option) && !isGiven(segment, option));
  return pending.length > 0 ? pending : open.slice(0, 1);
};

/** What the task cannot do without and no setting could supply. */
export const missingOptions = (segment: Segment): readonly Option[] =>
  optionsOf(segment.shape).filter(
    (option) =>
      option.kind === 'param' &&
      option.param.required === true &&
      option.param.kind !== 'secret' &&
      option.param.default === undefined &&
      option.param.setting === undefined &&
      !isGiven(segment, option),
  );
