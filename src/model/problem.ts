import type { Result } from './result.ts';

/** Where in a person's file a problem sits. `line` counts from 1. */
export interface Location {
  readonly file: string;
  readonly line?: number;
}

/**
 * Why something cannot go ahead, as one sentence for a person. Problems are collected and shown
 * all at once, before anything is touched.
 */
export interface Problem {
  readonly sentence: string;
  readonly at?: Location;
  /** What to type or write to get past it. */
  readonly hint?: string;
  /** The exit status instead of 2: hosts may differ, and one that must be asked does not answer. */
  readonly status?: 4;
}

export const problem = (sentence: string, more: Omit<Problem, 'sentence'> = {}): Problem => ({ sentence, ...more });

/** One problem as a line: `file:12: sentence (hint)`. */
export const problemText = ({ sentence, at, hint }: Problem): string => {
  const where = at === undefined ? '' : at.line === undefined ? `${at.file}: ` : `${at.file}:${at.line}: `;
  return `${where}${sentence}${hint === undefined ? '' : `\n     ${hint}`}`;
};

/** Thrown where problems end what was asked before anything was touched: exit status 2. */
export class ProblemsFound extends Error {
  override readonly name = 'ProblemsFound';
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map(problemText).join('\n'));
    this.problems = problems;
  }
}

/**
 * The value, or every problem thrown at once: for programs that go no further.
 * @throws ProblemsFound
 */
export const orThrow = <Value>(result: Result<Value, readonly Problem[]>): Value => {
  if (result.ok) return result.value;
  throw new ProblemsFound(result.failure);
};
