import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import ts from 'typescript';

// What the documents show compiles as a reader would write it.
const folder = resolve('.cache/docs-code');
mkdirSync(folder, { recursive: true });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const examples = ['README.md', 'docs/operations.md'].flatMap((document) =>
  [...readFileSync(document, 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)]
    .map((match) => match[1] ?? '')
    .filter((code) => code.includes(`from 'fabwright';`))
    .map((code, index) => {
      const name = `${document} ${index + 1}`;
      return { name, code, file: join(folder, `${name.replace(/\W+/g, '-')}.ts`) };
    }),
);

/** All in one: what they have in common is read once. */
const compiled = (): ts.Program => {
  for (const { file, code } of examples) writeFileSync(file, code);
  const { config } = ts.readConfigFile('tsconfig.json', (path) => readFileSync(path, 'utf8')) as { config: object };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, resolve('.'));
  return ts.createProgram(
    examples.map(({ file }) => file),
    { ...options, types: ['node'] },
  );
};

test('the documents have fabfiles, and more', () => {
  expect(examples.filter(({ code }) => code.includes('export default')).map(({ name }) => name)).toEqual([
    'README.md 1',
    'docs/operations.md 1',
  ]);
  expect(examples.length).toBeGreaterThan(2);
});

test('all of it compiles', () => {
  const program = compiled();
  const problems = examples.flatMap(({ name, file }) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(file))
      .map(({ messageText }) => `${name}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`),
  );
  expect(problems).toEqual([]);
}, 120_000);
