import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A mark that a command left: whose, where, in which step. */
export interface Mark {
  readonly run: string;
  readonly host: string;
  readonly step: string;
}

/** All marks in the order in which they were made, on whatever host. */
export const marksIn = (folder: string): readonly Mark[] =>
  readFileSync(join(folder, 'effects'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [run = '', host = '', step = ''] = line.split(' ');
      return { run, host, step };
    });

/** Runs that left a mark after another run had left one that came after theirs: they were at work together. */
export const overlaps = (marks: readonly Mark[]): readonly string[] => {
  const over = new Set<string>();
  const found: string[] = [];
  let at: Mark | undefined;
  for (const mark of marks) {
    if (at !== undefined && mark.run !== at.run) over.add(at.run);
    if (over.has(mark.run)) found.push(`${mark.run} (${mark.step} on ${mark.host}) after ${at?.run ?? ''} had begun`);
    at = mark;
  }
  return [...new Set(found)];
};
