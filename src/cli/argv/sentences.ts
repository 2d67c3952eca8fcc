import { quote } from '../../model/command.ts';
import { nearest } from '../../model/nearest.ts';
import { problem, type Problem } from '../../model/problem.ts';
import { globalNames, shortHints } from './global-flags.ts';
import { flagUsage, namesOf, optionsOf, positionalUsage, type CommandShape, type Option } from './shape.ts';
import { canonical, flagOf, shown, splitFlag } from './spelling.ts';

// Every sentence that a command line can be answered with, so that they sound alike.

export const flagNeedsValue = (flag: string, placeholder: string, next: string | undefined): Problem =>
  problem(`${flag} needs a value.`, {
    hint:
      next === undefined || next === '--'
        ? `write ${flag} ${placeholder}`
        : `write ${flag} ${placeholder}; a value that begins with a hyphen is written ${flag}=${quote(next)}`,
  });

export const givenTwice = (name: string, texts: readonly string[]): Problem =>
  problem(`${name} is given twice: ${texts.map(shown).join(' and ')}.`);

export const mustBe = (name: string, rule: string, text: string): Problem =>
  problem(`${name} ${rule}, not ${shown(text)}.`);

/** `fab deploy`: a task where the environment should be. */
export const taskNeedsEnvironment = (
  shape: CommandShape,
  environment: string | undefined,
  line: readonly string[],
): Problem => {
  const where = environment ?? '<env>';
  return problem(`${shape.name} is a task; say where: fab ${where} ${line.map(quote).join(' ')}`, {
    ...(environment === undefined ? { hint: 'no environment was found; fab init makes one' } : {}),
  });
};

export const unknownEnvironment = (
  word: string,
  environments: readonly string[],
  shapes: readonly CommandShape[],
): Problem => {
  const likely = nearest(word, environments);
  const task = likely === undefined ? nearest(word, namesOf(shapes)) : undefined;
  return problem(`There is no environment ${shown(word)}.`, {
    hint:
      likely !== undefined
        ? `did you mean ${likely}?`
        : task !== undefined
          ? `did you mean the task ${task}? say where: fab ${environments[0] ?? '<env>'} ${task}`
          : environments.length === 0
            ? 'no environment was found; write --environments DIR, or make one: fab init'
            : `there is ${environments.join(', ')}`,
  });
};

export const unknownTask = (word: string, shapes: readonly CommandShape[], hint?: string): Problem => {
  const likely = nearest(canonical(word), namesOf(shapes));
  return problem(`There is no task ${shown(word)}.`, {
    hint: hint ?? (likely === undefined ? 'fab -l lists the tasks' : `did you mean ${likely}?`),
  });
};

/** `fab prod webworkers deploy`: Fabric's way to choose hosts. */
export const selectorAsTask = (word: string, what: 'role' | 'host'): Problem =>
  problem(`${shown(word)} is a ${what}, not a task.`, { hint: `write --limit ${quote(word)}` });

export const notARelease = (word: string): Problem =>
  problem(`${shown(word)} is neither a release nor a task.`, { hint: 'a release looks like 2026-11-20_14.05.33' });

export const noEnvironmentFor = (shape: CommandShape): Problem =>
  problem(`${shape.name} takes no environment.`, { hint: `write fab ${shape.name}` });

/** `words`: the flag as typed, and its value where that is the next word. */
export const flagBeforeTask = (words: readonly string[], owner: CommandShape, environment: string): Problem =>
  problem(`${flagName(words)} stands before any task.`, {
    hint: `write it after ${owner.name}: fab ${environment} ${[owner.name, ...words].map(quote).join(' ')}`,
  });

export const flagOfAnotherTask = (words: readonly string[], owner: CommandShape, shape: CommandShape): Problem =>
  problem(`${flagName(words)} is a flag of ${owner.name}, not of ${shape.name}.`, {
    hint: `write it after that word: ${[owner.name, ...words].map(quote).join(' ')}`,
  });

/** A flag that nothing in the line knows; `elsewhere` does, but is not in the line. */
export const unknownFlag = (
  flag: string,
  shape: CommandShape | undefined,
  elsewhere: CommandShape | undefined,
  hint: string | undefined,
): Problem => {
  const name = flagName([flag]);
  const sentence = shape === undefined ? `There is no flag ${name}.` : `${shape.name} has no flag ${name}.`;
  const likely = likelyFlag(flag, shape);
  const found = likely ?? hint ?? (elsewhere === undefined ? undefined : `${elsewhere.name} has one`);
  return problem(sentence, found === undefined ? {} : { hint: found });
};

const likelyFlag = (flag: string, shape: CommandShape | undefined): string | undefined => {
  const { name } = splitFlag(flag);
  if (!flag.startsWith('--')) {
    const long = shortHints[name.charAt(0)];
    return long === undefined ? undefined : `did you mean ${long}?`;
  }
  const own = shape === undefined ? [] : optionsOf(shape).map((option) => canonical(option.name));
  const known = [...own, ...globalNames];
  if (name.startsWith('no-') && known.includes(canonical(name.slice(3)))) return `write --${name.slice(3)}=no`;
  const likely = nearest(canonical(name), known);
  return likely === undefined ? undefined : `did you mean ${flagOf(likely)}?`;
};

const flagName = ([flag = '']: readonly string[]): string => {
  const equals = flag.indexOf('=');
  const name = equals === -1 ? flag : flag.slice(0, equals);
  return /^[\w-]+$/.test(name) ? name : shown(name);
};

export const secretOnLine = (shape: CommandShape, name: string): Problem =>
  problem(`${name} of ${shape.name} is a secret: a command line is not the place for it.`, {
    hint: `write FAB_${name.toUpperCase()} into the environment's .env, or set that variable`,
  });

/** Text in Fabric's spelling for a task that takes none: `setup_release:10`. */
export const textForNothing = (shape: CommandShape, text: string): Problem => {
  const [key = text] = text.split('=');
  const names = optionsOf(shape).map(({ name }) => canonical(name));
  const likely = names.includes(canonical(key)) ? key : nearest(canonical(key), names);
  return problem(`${shape.name} has no parameter for ${shown(text)}.`, {
    hint:
      likely !== undefined
        ? `did you mean ${canonical(likely)}=…?`
        : names.length === 0
          ? 'it takes none'
          : `it takes ${names.join(', ')}`,
  });
};

export const noWordsAfterDashes = (shape: CommandShape | undefined, filled: Option | undefined): Problem =>
  shape === undefined
    ? problem('There is no task before -- that could take the words after it.')
    : problem(`${shape.name} takes no words after --.`, {
        ...(filled === undefined
          ? {}
          : { hint: `${positionalUsage(filled)} was given already; write all of it after --, or none` }),
      });

export const tooManyWords = (shape: CommandShape, targets: readonly Option[], words: readonly string[]): Problem =>
  problem(
    `${shape.name} takes ${targets.length} words after -- (${targets.map(positionalUsage).join(' ')}), not ${words.length}.`,
  );

export const missing = (shape: CommandShape, option: Option, environment: string | undefined): Problem => {
  const usage =
    option.kind === 'param' && option.param.positional === true ? positionalUsage(option) : flagUsage(option);
  const where = shape.needsEnvironment ? [environment ?? '<env>'] : [];
  return problem(`${shape.name} needs ${usage}.`, { hint: `write ${['fab', ...where, shape.name, usage].join(' ')}` });
};
