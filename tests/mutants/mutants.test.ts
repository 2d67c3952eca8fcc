import { expect, test } from '@jest/globals';
import { mutated, staleOf } from './edit.ts';
import { mutants } from './mutants.ts';

const root = process.cwd();

test('there are enough of them, each with a name of its own', () => {
  expect(mutants.length).toBeGreaterThanOrEqual(12);
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
});

test('each still has its places in the product, and changes it', () => {
  expect(staleOf(mutants, root)).toEqual([]);
  for (const { name, edits } of mutants)
    expect([name, edits.every(({ from, to }) => from !== to)]).toEqual([name, true]);
});

test('one whose place is gone, or is several, is told', () => {
  const [mutant] = mutants;
  const stale = (from: string) => staleOf([{ ...mutant!, edits: [{ ...mutant!.edits[0]!, from }] }], root);
  expect(stale('what is nowhere in it')).toEqual([
    `${mutant!.name}: «what is nowhere in it» is not in ${mutant!.edits[0]!.file}`,
  ]);
  expect(stale('const')).toEqual([expect.stringContaining('is more than once in')]);
});

test('later edits of a mutant see the earlier ones', () => {
  const file = 'package.json';
  const edits = [
    { file, from: '"name": "fabwright"', to: '"name": "other"' },
    { file, from: '"name": "other"', to: '"name": "third"' },
  ];
  expect(mutated(edits, root).get(file)).toContain('"name": "third"');
});
