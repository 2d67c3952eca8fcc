import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Edit, Mutant } from './mutants.ts';

/** Thrown when the product has changed under a mutant: it says nothing any more until somebody looks at it. */
export class Stale extends Error {}

/** The files of a mutant as they are with all its edits made. @throws Stale when one has no place, or several. */
export const mutated = (edits: readonly Edit[], root: string): ReadonlyMap<string, string> => {
  const texts = new Map<string, string>();
  for (const { file, from, to } of edits) {
    const text = texts.get(file) ?? readFileSync(join(root, file), 'utf8');
    const [before, after, ...more] = text.split(from);
    if (after === undefined || more.length > 0)
      throw new Stale(`«${from}» is ${after === undefined ? 'not' : 'more than once'} in ${file}`);
    texts.set(file, `${before ?? ''}${to}${after}`);
  }
  return texts;
};

/** Why mutants cannot be planted, one sentence for each that is stale. */
export const staleOf = (mutants: readonly Mutant[], root: string): readonly string[] =>
  mutants.flatMap(({ name, edits }) => {
    try {
      mutated(edits, root);
      return [];
    } catch (thrown) {
      if (thrown instanceof Stale) return [`${name}: ${thrown.message}`];
      throw thrown;
    }
  });
