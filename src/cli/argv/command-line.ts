import type { Problem } from '../../model/problem.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import { answerIn } from './answer.ts';
import { cut } from './cut.ts';
import type { Known } from './known.ts';
import { readOptions } from './read-options.ts';
import type { Segment } from './segment.ts';
import { givenTwice, mustBe } from './sentences.ts';
import { isPositional, optionsOf, positionalUsage, type Option } from './shape.ts';
import { flagOf, splitAtCommas, type Typed } from './spelling.ts';

/** One task as it was asked for. */
export interface Invocation {
  /** Its own name, whichever alias or spelling was typed. */
  readonly task: string;
  /** What was given, read by the parameters; what was not given is absent. */
  readonly params: Readonly<Record<string, unknown>>;
  /** The same as text, as typed: `yes` for a flag without a value. */
  readonly given: Readonly<Record<string, string>>;
  /** The words after `--`, where they became one positional: words, not a line. */
  readonly positionalWords?: readonly string[];
  /** Names of the guard flags that were given. */
  readonly answers: ReadonlySet<string>;
}

/** What a person typed, globals left out. */
export interface CommandLine {
  /** Absent for `fab` alone, for `fab init`, and where `--help` does without one. */
  readonly environment: string | undefined;
  readonly tasks: readonly Invocation[];
}

/** Reads what `parseGlobals` left over. Every problem of the line is found, not only the first. */
export const parseCommandLine = async (
  rest: readonly Typed[],
  known: Known,
): Promise<Result<CommandLine, readonly Problem[]>> => {
  const { environment, segments, problems } = cut(rest, known);
  const read = await Promise.all(segments.map(readSegment));
  const found = [...problems, ...read.flatMap((each) => each.problems)];
  return found.length > 0 ? fail(found) : ok({ environment, tasks: read.map(({ invocation }) => invocation) });
};

const readSegment = async (segment: Segment) => {
  const options = optionsOf(segment.shape);
  const one = options.map((option) => onceOnly(segment, option));
  const texts = await readOptions(
    options.map(({ name }) => name),
    one.flatMap(({ pair }) => (pair === undefined ? [] : [pair])),
  );
  const values = options.flatMap((option) => {
    const text = texts.get(option.name);
    return text === undefined ? [] : [{ option, text, value: readValue(option, text) }];
  });
  const problems = [
    ...one.flatMap((each) => (each.problem === undefined ? [] : [each.problem])),
    ...values.flatMap(({ option, text, value }) =>
      value.ok ? [] : [mustBe(`${shownName(option)} of ${segment.shape.name}`, value.failure, text)],
    ),
  ];
  return { problems, invocation: invocationOf(segment, values) };
};

interface ReadValue {
  readonly option: Option;
  readonly text: string;
  readonly value: Result<unknown, string>;
}

const invocationOf = ({ shape, positionalWords }: Segment, values: readonly ReadValue[]): Invocation => {
  const params = values.filter(({ option }) => option.kind === 'param');
  const answers = values.filter(({ option, value }) => option.kind === 'answer' && value.ok && value.value === true);
  return {
    task: shape.name,
    params: Object.fromEntries(params.map(({ option, value }) => [option.name, value.ok ? value.value : undefined])),
    given: Object.fromEntries(params.map(({ option, text }) => [option.name, text])),
    ...(positionalWords === undefined ? {} : { positionalWords }),
    answers: new Set(answers.map(({ option }) => option.name)),
  };
};

/** A list may be added to; everything else is given once, a flag's same answer said again excepted. */
const onceOnly = (
  { assignments, shape }: Segment,
  option: Option,
): { readonly pair?: readonly [string, string]; readonly problem?: Problem } => {
  const texts = assignments.filter((each) => each.option.name === option.name).map(({ text }) => text);
  const [first] = texts;
  if (first === undefined) return {};
  if (isList(option)) return { pair: [option.name, texts.join(',')] };
  if (texts.length === 1 || (isYesOrNo(option) && new Set(texts.map(answerIn)).size === 1))
    return { pair: [option.name, first] };
  return { problem: givenTwice(`${shownName(option)} of ${shape.name}`, texts) };
};

const readValue = (option: Option, text: string): Result<unknown, string> => {
  // A script's `--flag=$UNSET` is nobody's yes.
  if (isYesOrNo(option) && answerIn(text) === undefined) return fail('must be yes or no');
  if (option.kind === 'answer') return ok(answerIn(text));
  return option.param.read(isList(option) ? splitAtCommas(text) : text);
};

const isList = (option: Option): boolean => option.kind === 'param' && option.param.kind === 'list';

const isYesOrNo = (option: Option): boolean => option.kind === 'answer' || option.param.kind === 'flag';

const shownName = (option: Option): string => (isPositional(option) ? positionalUsage(option) : flagOf(option.name));
