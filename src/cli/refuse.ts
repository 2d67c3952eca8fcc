import { problemText, type Problem } from '../model/problem.ts';
import type { Output } from './output.ts';

/** All problems at once, as sentences, on standard error; nothing was touched. Exit status 2, or what a problem says. */
export const refuse = (output: Output, problems: readonly Problem[]): number => {
  output.complain(
    problems.length === 1
      ? problems.map(problemText).join('')
      : [
          `There are ${problems.length} problems; nothing was changed.`,
          ...problems.map((each, index) => `  ${index + 1}. ${problemText(each)}`),
        ].join('\n'),
  );
  return problems.find(({ status }) => status !== undefined)?.status ?? 2;
};
