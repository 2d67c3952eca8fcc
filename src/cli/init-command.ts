import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { initFiles, initProblems, initQuestions, type InitAnswers } from './init.ts';
import { refuse } from './main.ts';
import type { Output } from './output.ts';
import { askText } from './questions.ts';

/** `fab init`: five questions, two files. Nothing that exists is overwritten. */
export const init = async (
  given: Readonly<Record<string, string>>,
  folder: string,
  output: Output,
): Promise<number> => {
  const answers = await collect(given, output);
  if (answers === undefined) {
    output.complain('Nothing was written.');
    return 2;
  }
  const shownFolder = relative(process.cwd(), folder) || '.';
  const files = initFiles(answers, shownFolder);
  const problems = initProblems(answers, {
    existing: files.map(({ path }) => path).filter((path) => existsSync(path)),
    folder: shownFolder,
  });
  if (problems.length > 0) return refuse(output, problems);
  for (const { path, content } of files) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content, { flag: 'wx' });
    output.print(`wrote ${path}`);
  }
  output.print(
    `Next:\n  fab ${answers.name} known_hosts    show and pin the host keys\n  fab ${answers.name} doctor         look at the hosts\n  fab ${answers.name} deploy --plan  see what a deploy would do`,
  );
  return 0;
};

const collect = async (given: Readonly<Record<string, string>>, output: Output): Promise<InitAnswers | undefined> => {
  const answers: Record<string, string> = {};
  for (const { key, question, default: usual } of initQuestions) {
    const known = given[key];
    const answer = known ?? (output.interactive ? await askText(question, usual) : usual);
    if (answer === undefined) return undefined;
    answers[key] = answer;
  }
  return answers as unknown as InitAnswers;
};
