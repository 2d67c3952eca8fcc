import { problem, type Problem } from '../../model/problem.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import { answerIn } from './answer.ts';
import { globalFlag, type GlobalFlag, type GlobalName } from './global-flags.ts';
import { flagNeedsValue, givenTwice, mustBe } from './sentences.ts';
import { flagOf, isFlag, shown, splitFlag, typedWords, type Typed } from './spelling.ts';

/** What is known before any task is: the flags that hold for the whole line, and the rest of it. */
export interface Globals {
  readonly plan: boolean;
  readonly yes: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly list: boolean;
  readonly version: boolean;
  readonly help: boolean;
  /** Host and role names. */
  readonly limit: readonly string[] | undefined;
  /** What each `--set` was given, as typed; `readSettingPairs` makes pairs of them. */
  readonly set: readonly string[];
  readonly forks: number | undefined;
  /** The file that a trace is written to. */
  readonly trace: string | undefined;
  readonly fabfile: string | undefined;
  readonly environments: string | undefined;
  /** Everything else in order, `--` and what follows it included: for `parseCommandLine`. */
  readonly rest: readonly Typed[];
  /** The bare words before `--`; the first one should be an environment. */
  readonly words: readonly string[];
}

/**
 * The first look at a command line. It needs no tasks, because a global names the fabfile that
 * they come from.
 */
export const parseGlobals = (argv: readonly string[]): Result<Globals, readonly Problem[]> => {
  const { given, rest, problems } = takeGlobals(typedWords(argv));
  const read = readGlobals(given);
  const found = [...problems, ...read.problems];
  return found.length > 0 ? fail(found) : ok({ ...read.values, rest, words: bareWords(rest) });
};

/**
 * The word to load an environment by. Where the first word is none (`fab deploy prod`), the line
 * cannot be carried out, but loading the environment that it does name gives better sentences.
 */
export const environmentIn = ({ words }: Pick<Globals, 'words'>, environments: readonly string[]): string | undefined =>
  words.find((word) => environments.includes(word)) ?? words[0];

interface Given {
  readonly flag: GlobalFlag & { readonly name: GlobalName };
  readonly text: string;
}

const takeGlobals = (typed: readonly Typed[]) => {
  const given: Given[] = [];
  const rest: Typed[] = [];
  const problems: Problem[] = [];
  const dashes = typed.findIndex(({ text }) => text === '--');
  const end = dashes === -1 ? typed.length : dashes;
  for (let index = 0; index < end; index += 1) {
    const word = typed[index] as Typed;
    const { name, value } = splitFlag(word.text);
    const flag = isFlag(word.text) ? globalFlag(word.text, name) : undefined;
    if (flag === undefined) rest.push(word);
    else if (flag.placeholder === undefined) given.push({ flag, text: value ?? 'yes' });
    else if (value !== undefined) given.push({ flag, text: value });
    else {
      const next = index + 1 < end ? typed[index + 1]?.text : undefined;
      if (next === undefined || isFlag(next)) problems.push(flagNeedsValue(flagOf(flag.name), flag.placeholder, next));
      else {
        given.push({ flag, text: next });
        index += 1;
      }
    }
  }
  return { given, rest: [...rest, ...typed.slice(end)], problems };
};

const readGlobals = (given: readonly Given[]) => {
  const problems: Problem[] = [];
  const textsOf = (name: GlobalName): readonly string[] =>
    given.filter(({ flag }) => flag.name === name).map(({ text }) => text);
  const one = (name: GlobalName): string | undefined => {
    const texts = textsOf(name);
    if (texts.length > 1) problems.push(givenTwice(flagOf(name), texts));
    if (texts[0]?.trim() === '') problems.push(mustBe(flagOf(name), 'must not be empty', texts[0]));
    return texts[0];
  };
  const answer = (name: GlobalName): boolean => {
    // Given twice with one answer is no contradiction: an alias may hold --yes already.
    const answers = textsOf(name).map((text) => ({ text, says: answerIn(text) }));
    for (const { text, says } of answers)
      if (says === undefined) problems.push(mustBe(flagOf(name), 'must be yes or no', text));
    if (new Set(answers.map(({ says }) => says)).size > 1) problems.push(givenTwice(flagOf(name), textsOf(name)));
    return answers[0]?.says ?? false;
  };
  const forks = one('forks');
  const limit = one('limit');
  const values = {
    plan: answer('plan'),
    yes: answer('yes'),
    json: answer('json'),
    quiet: answer('quiet'),
    verbose: answer('verbose'),
    list: answer('list'),
    version: answer('version'),
    help: answer('help'),
    limit: limit === undefined ? undefined : names(limit),
    set: textsOf('set'),
    forks: forks === undefined ? undefined : Number(forks),
    trace: one('trace'),
    fabfile: one('fabfile'),
    environments: one('environments'),
  };
  if (forks !== undefined && forks.trim() !== '' && !isForks(forks))
    problems.push(mustBe('--forks', 'must be a whole number from 1 to 1000', forks));
  if (limit !== undefined && limit.trim() !== '' && names(limit).length === 0)
    problems.push(problem(`--limit names no host or role: ${shown(limit)}.`, { hint: 'write --limit HOST|ROLE,…' }));
  if (values.quiet && values.verbose) problems.push(problem('--quiet and --verbose exclude each other.'));
  return { values, problems };
};

const isForks = (text: string): boolean => /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= 1000;

const names = (text: string): readonly string[] => [
  ...new Set(
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  ),
];

const bareWords = (rest: readonly Typed[]): readonly string[] => {
  const dashes = rest.findIndex(({ text }) => text === '--');
  const before = dashes === -1 ? rest : rest.slice(0, dashes);
  return before.map(({ text }) => text).filter((text) => !isFlag(text));
};
