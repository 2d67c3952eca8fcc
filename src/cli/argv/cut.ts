import { quote } from '../../model/command.ts';
import { nearest } from '../../model/nearest.ts';
import type { Problem } from '../../model/problem.ts';
import { isReleaseId } from '../../model/release.ts';
import { answerIn } from './answer.ts';
import { fabricArguments, splitTask, spreadTexts } from './fabric.ts';
import { shapesOf, taskIn, type Known } from './known.ts';
import { Line } from './line.ts';
import { missingOptions, newSegment, openPositionals, pendingPositionals, type Segment } from './segment.ts';
import {
  flagNeedsValue,
  missing,
  noEnvironmentFor,
  notARelease,
  noWordsAfterDashes,
  secretOnLine,
  selectorAsTask,
  taskNeedsEnvironment,
  textForNothing,
  tooManyWords,
  unknownEnvironment,
  unknownTask,
} from './sentences.ts';
import {
  isPositional,
  isRequiredPositional,
  namesOf,
  optionNamed,
  optionsOf,
  shapeNamed,
  valueOf,
  valuePlaceholder,
  type CommandShape,
  type Option,
} from './shape.ts';
import { canonical, escapeCommas, flagOf, isFlag, splitFlag, type Typed } from './spelling.ts';
import { strayFlag } from './stray-flag.ts';

/** A command line in parts: where, and what for each task in order. */
export interface Cut {
  readonly environment: string | undefined;
  readonly segments: readonly Segment[];
  readonly problems: readonly Problem[];
}

/**
 * Cuts a line without its globals into one segment per task. Which word is a task and which a value
 * depends on the tasks' own parameters, so this is done before any option parser sees it.
 */
export const cut = (typed: readonly Typed[], known: Known): Cut => {
  const cutter = new Cutter(typed, known);
  cutter.walk();
  return cutter;
};

class Cutter implements Cut {
  environment: string | undefined;
  readonly segments: Segment[] = [];
  readonly problems: Problem[] = [];
  readonly #line: Line;
  readonly #known: Known;
  readonly #shapes: readonly CommandShape[];
  #awaits: 'environment' | 'task' | 'nothing' = 'environment';
  /** The task that flags and words now belong to. */
  #segment: Segment | undefined;
  /** What stands before is no task: what follows it is not worth a sentence each. */
  #afterUnknownTask = false;
  /** A flag that took no value, for whoever wrote one after it. */
  #bareFlag: { readonly option: Option; readonly at: number } | undefined;

  constructor(typed: readonly Typed[], known: Known) {
    this.#line = new Line(typed);
    this.#known = known;
    this.#shapes = shapesOf(known);
  }

  walk(): void {
    for (let word = this.#line.take(); word !== undefined; word = this.#line.take()) {
      if (word.text === '--') return this.#end(this.#line.remaining);
      if (isFlag(word.text)) this.#flag(word);
      else if (this.#awaits === 'environment') this.#environmentWord(word);
      else this.#word(word);
      // After a word that is no environment, whatever follows could only be misread.
      if (this.#awaits === 'nothing') return;
    }
    this.#end(undefined);
  }

  #environmentWord(word: Typed): void {
    const { environments, help = false } = this.#known;
    const shape = taskIn(word.text, this.#shapes);
    this.#awaits = 'task';
    if (shape?.needsEnvironment === false) this.#startTask(word);
    else if (environments.includes(word.text)) this.environment = word.text;
    else if (shape !== undefined && help) this.#startTask(word);
    else {
      this.#awaits = 'nothing';
      this.problems.push(
        shape === undefined
          ? unknownEnvironment(word.text, environments, this.#shapes)
          : this.#environmentMissing(shape),
      );
    }
  }

  #environmentMissing(shape: CommandShape): Problem {
    const { environments } = this.#known;
    const { all } = this.#line;
    const misplaced = this.#line.ahead.find((word) => environments.includes(word));
    const at = misplaced === undefined ? -1 : all.indexOf(misplaced);
    return taskNeedsEnvironment(shape, misplaced ?? environments[0], at === -1 ? all : all.toSpliced(at, 1));
  }

  #word(word: Typed): void {
    const segment = this.#segment;
    const [pending] = segment === undefined ? [] : pendingPositionals(segment);
    const [open] = segment === undefined ? [] : openPositionals(segment);
    if (segment !== undefined && pending !== undefined) this.#assign(segment, pending, word.text);
    else if (segment?.shape.takesWord === true && open !== undefined && taskIn(word.text, this.#shapes) === undefined)
      this.#assign(segment, open, word.text);
    else this.#startTask(word);
  }

  #startTask(word: Typed): void {
    const shape = taskIn(word.text, this.#shapes);
    if (shape === undefined) return this.#notATask(word);
    if (!shape.needsEnvironment && this.environment !== undefined) this.problems.push(noEnvironmentFor(shape));
    const segment = newSegment(shape);
    this.segments.push(segment);
    this.#segment = segment;
    this.#afterUnknownTask = false;
    this.#fabric(segment, splitTask(word.text).rest);
  }

  #fabric(segment: Segment, rest: string): void {
    const { pairs, texts } = fabricArguments(rest, segment.shape);
    for (const { option, text } of pairs) this.#assign(segment, option, text);
    const targets = openPositionals(segment);
    if (targets.length === 0) for (const text of texts) this.problems.push(textForNothing(segment.shape, text));
    else spreadTexts(texts, targets.length).forEach((text, at) => this.#assign(segment, targets[at], text));
  }

  #notATask({ text, at }: Typed): void {
    const { roles = [], hosts = [] } = this.#known;
    const { name } = splitTask(text);
    const bareFlag = this.#bareFlag?.at === at - 1 ? this.#bareFlag.option : undefined;
    if (roles.includes(name)) this.problems.push(selectorAsTask(name, 'role'));
    else if (hosts.includes(name)) this.problems.push(selectorAsTask(name, 'host'));
    else if (bareFlag !== undefined && valueOf(bareFlag) === 'release') this.problems.push(notARelease(text));
    else {
      this.problems.push(unknownTask(name, this.#shapes, this.#hintForWord(text, bareFlag)));
      this.#guess(name);
    }
  }

  /** Reads on as if the likeliest task had been written, so that its words are not taken for tasks. */
  #guess(name: string): void {
    const likely = nearest(canonical(name), namesOf(this.#shapes));
    const shape = likely === undefined ? undefined : shapeNamed(this.#shapes, likely);
    this.#segment = shape === undefined ? undefined : newSegment(shape);
    this.#afterUnknownTask = true;
  }

  /** A word too many may be meant for the task before it. */
  #hintForWord(text: string, bareFlag: Option | undefined): string | undefined {
    if (bareFlag !== undefined && answerIn(text) !== undefined) return `write ${flagOf(bareFlag.name)}=${text}`;
    if (this.#segment === undefined || nearest(canonical(text), namesOf(this.#shapes)) !== undefined) return undefined;
    const [open] = openPositionals(this.#segment);
    return open === undefined
      ? this.#hintToQuote()
      : `${this.#segment.shape.name} takes it as ${flagOf(open.name)} ${quote(text)}`;
  }

  #hintToQuote(): string | undefined {
    const shape = this.#segment?.shape;
    return shape !== undefined && optionsOf(shape).some(isRequiredPositional)
      ? `what ${shape.name} is to take as one goes in quotes, or after --: ${shape.name} -- …`
      : undefined;
  }

  #flag(word: Typed): void {
    const { name, value } = splitFlag(word.text);
    const segment = this.#segment;
    const option = segment === undefined || !word.text.startsWith('--') ? undefined : optionNamed(segment.shape, name);
    if (segment !== undefined && option !== undefined) this.#give(segment, option, word, value);
    else this.#stray(word);
  }

  #give(segment: Segment, option: Option, { at }: Typed, value: string | undefined): void {
    const takes = valueOf(option);
    const { next, nextValue } = this.#line;
    if (value !== undefined) this.#assign(segment, option, value);
    else if (takes === 'none' || (takes === 'release' && !isReleaseId(nextValue ?? ''))) {
      this.#assign(segment, option, 'yes');
      this.#bareFlag = { option, at };
    } else if (nextValue === undefined)
      this.problems.push(flagNeedsValue(flagOf(option.name), valuePlaceholder(option), next));
    else {
      this.#assign(segment, option, nextValue);
      this.#line.take();
    }
  }

  #stray({ text }: Typed): void {
    const { problem, skip } = strayFlag({
      text,
      line: this.#line,
      shapes: this.#shapes,
      environments: this.#known.environments,
      environment: this.environment,
      segment: this.#segment,
      segments: this.segments,
      hint: this.#hintToQuote(),
    });
    if (!this.#afterUnknownTask) this.problems.push(problem);
    if (skip) this.#line.take();
  }

  /** `words`: what stands after `--`, if it was written. */
  #end(words: readonly string[] | undefined): void {
    if (words !== undefined) this.#wordsAfterDashes(words);
    if (this.#known.help === true) return;
    for (const segment of this.segments)
      for (const option of missingOptions(segment))
        this.problems.push(missing(segment.shape, option, this.environment));
  }

  #wordsAfterDashes(words: readonly string[]): void {
    const segment = this.#segment;
    if (this.#afterUnknownTask || words.length === 0) return;
    if (segment === undefined) return void this.problems.push(noWordsAfterDashes(undefined, undefined));
    const targets = openPositionals(segment);
    const [only] = targets;
    if (only === undefined)
      this.problems.push(noWordsAfterDashes(segment.shape, optionsOf(segment.shape).find(isPositional)));
    else if (targets.length === 1) {
      this.#assign(segment, only, asOneText(only, words));
      segment.positionalWords = words;
    } else {
      if (words.length > targets.length) this.problems.push(tooManyWords(segment.shape, targets, words));
      targets.forEach((target, at) => this.#assign(segment, target, words[at]));
    }
  }

  #assign(segment: Segment, option: Option | undefined, text: string | undefined): void {
    if (option === undefined || text === undefined) return;
    if (option.kind === 'param' && option.param.kind === 'secret')
      this.problems.push(secretOnLine(segment.shape, option.name));
    else segment.assignments.push({ option, text });
  }
}

/** argv as it is: several words become one line that a shell would split into the same words. */
const asOneText = (option: Option, words: readonly string[]): string => {
  if (option.kind === 'param' && option.param.kind === 'list') return words.map(escapeCommas).join(',');
  const [first = '', ...more] = words;
  return more.length === 0 ? first : words.map(quote).join(' ');
};
