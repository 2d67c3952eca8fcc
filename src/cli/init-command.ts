import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { runGit } from '../source/git.ts';
import { initFiles, initProblems, initQuestions, type InitAnswers } from './init.ts';
import { refuse } from './refuse.ts';
import type { Output } from './output.ts';
import { askText } from './questions.ts';

/** How long a repository may be silent; init writes its files all the same. */
const patience = 5;

/** `fab init`: five questions, two files. Nothing that exists is overwritten. */
export const init = async (
  given: Readonly<Record<string, string>>,
  folder: string,
  reserved: readonly string[],
  output: Output,
): Promise<number> => {
  const typed = await collect(given, output);
  if (typed === undefined) {
    output.complain('Nothing was written.');
    return 130;
  }
  const shownFolder = relative(process.cwd(), folder) || '.';
  const answers = { ...typed, code_repo: seenFrom(join(folder, typed.name), typed.code_repo) };
  const files = initFiles(answers, shownFolder, await usualBranch(typed.code_repo));
  const problems = initProblems(answers, {
    existing: files.map(({ path }) => path).filter((path) => existsSync(path)),
    reserved,
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

/** A path is typed where one stands; in the settings it starts at their folder. */
const seenFrom = (environment: string, repository: string): string =>
  /^\.{1,2}(\/|$)/.test(repository.trim()) ? relative(environment, resolve(repository.trim())) : repository;

/** What the repository calls its main branch; nothing when it cannot be asked. */
const usualBranch = async (repository: string): Promise<string | undefined> => {
  if (repository.trim() === '') return undefined;
  const words = ['ls-remote', '--symref', '--', repository.trim(), 'HEAD'];
  const answer = await runGit(words, { silence: patience }).catch(() => undefined);
  return /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(answer?.output ?? '')?.[1];
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
