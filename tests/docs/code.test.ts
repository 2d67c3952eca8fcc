import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import ts from 'typescript';

// Every fabfile in the documents compiles as a reader would write it.
const folder = resolve('.cache/docs-code');
mkdirSync(folder, { recursive: true });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fabfiles = ['README.md', 'docs/operations.md'].flatMap((document) =>
  [...readFileSync(document, 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)]
    .map((match) => match[1] ?? '')
    .filter((code) => code.includes('export default'))
    .map((code, index) => ({ name: `${document} ${index + 1}`, code })),
);

test('the documents have fabfiles', () => expect(fabfiles.length).toBeGreaterThanOrEqual(2));

test.each(fabfiles)('$name compiles', ({ name, code }) => {
  const file = join(folder, `${name.replace(/\W+/g, '-')}.ts`);
  writeFileSync(file, code);
  const { config } = ts.readConfigFile('tsconfig.json', (path) => readFileSync(path, 'utf8')) as { config: object };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, resolve('.'));
  const program = ts.createProgram([file], { ...options, types: ['node'] });
  const problems = ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  expect(problems).toEqual([]);
});
