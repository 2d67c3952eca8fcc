import type { Param, Params } from '../../model/param.ts';
import type { Runnable } from '../../model/task.ts';
import { flagOf, sameName } from './spelling.ts';

/** A flag that answers a guard's question ahead. Its name has no dashes. */
export interface AnswerFlag {
  readonly flag: string;
  readonly description: string;
}

/** What the command line must know about a task, a view or a command of the CLI. */
export interface CommandShape {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly description: string;
  /** The heading it stands under in `fab -l`. */
  readonly group: string;
  /** Everything a person may pass, those of the task's operations included. */
  readonly params: Params;
  readonly answers: readonly AnswerFlag[];
  /** `fab init` stands where an environment would; everything else follows one. */
  readonly needsEnvironment: boolean;
  /** A bare word after it that is no task goes to its optional positional. */
  readonly takesWord?: boolean;
}

/** The shape of a task or view; `params` are its own with those of its operations. */
export const shapeOf = (runnable: Runnable, params: Params = runnable.params): CommandShape => ({
  name: runnable.name,
  aliases: runnable.aliases,
  description: runnable.description,
  group: runnable.group,
  params,
  // The confirmation's flag, --yes, is a global one.
  answers: runnable.kind === 'view' ? [] : runnable.guards.filter(({ flag }) => flag !== 'yes'),
  needsEnvironment: true,
});

/** One thing that may be given to a task: a parameter, or the answer to a guard. */
export type Option =
  | { readonly kind: 'param'; readonly name: string; readonly param: Param<unknown> }
  | { readonly kind: 'answer'; readonly name: string; readonly description: string };

export const optionsOf = ({ params, answers }: CommandShape): readonly Option[] => [
  ...Object.entries(params).map(([name, param]): Option => ({ kind: 'param', name, param })),
  ...answers.map(({ flag, description }): Option => ({ kind: 'answer', name: flag, description })),
];

export const optionNamed = (shape: CommandShape, name: string): Option | undefined =>
  optionsOf(shape).find((option) => sameName(option.name, name));

export const shapeNamed = (shapes: readonly CommandShape[], name: string): CommandShape | undefined =>
  shapes.find((shape) => [shape.name, ...shape.aliases].some((known) => sameName(known, name)));

export const namesOf = (shapes: readonly CommandShape[]): readonly string[] =>
  shapes.flatMap(({ name, aliases }) => [name, ...aliases]);

/** Whether a flag takes the next word: always, only if it looks like a release, or never. */
export const valueOf = (option: Option): 'required' | 'release' | 'none' => {
  if (option.kind === 'answer' || option.param.kind === 'flag') return 'none';
  return option.param.kind === 'release' ? 'release' : 'required';
};

export const isPositional = (option: Option): boolean => option.kind === 'param' && option.param.positional === true;

/** Bare words go here; a positional that need not be given is reached by `--`, its flag or Fabric's spelling. */
export const isRequiredPositional = (option: Option): boolean =>
  option.kind === 'param' && option.param.positional === true && option.param.required === true;

/** What stands for the value in help and sentences: `N`, `BRANCH`, `a|b`. */
export const placeholderOf = (name: string, param: Param<unknown>): string => {
  if (param.placeholder !== undefined) return param.placeholder;
  if (param.kind === 'count') return 'N';
  if (param.kind === 'release') return 'RELEASE';
  return param.choices === undefined ? name.toUpperCase() : param.choices.join('|');
};

/** What stands for an option's value; empty for one that takes none. */
export const valuePlaceholder = (option: Option): string =>
  option.kind === 'param' && valueOf(option) !== 'none' ? placeholderOf(option.name, option.param) : '';

/** `--keep-days N`, `--resume [RELEASE]`, `--hold`. */
export const flagUsage = (option: Option): string => {
  const flag = flagOf(option.name);
  const value = valuePlaceholder(option);
  return { none: flag, release: `${flag} [${value}]`, required: `${flag} ${value}` }[valueOf(option)];
};

/** `COMMAND`: a positional, as usage lines show it. */
export const positionalUsage = (option: Option): string =>
  option.kind === 'param' ? placeholderOf(option.name, option.param) : option.name;
