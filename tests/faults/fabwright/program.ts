import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const faultsFolder = fileURLToPath(new URL('..', import.meta.url));
const sources = ['point.ts', 'fabwright/points.ts', 'fabwright/driver.ts'];

const compiled = (file: string): string =>
  ts.transpileModule(readFileSync(file, 'utf8'), {
    fileName: file,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
  }).outputText;

/**
 * Compiles the driver beside a built copy of the program and returns its path: a thousand controllers
 * start, and none of them should have to compile itself.
 */
export const writeDriver = (checkout: string): string => {
  symlinkSync('dist', join(checkout, 'src'));
  for (const name of sources) {
    const into = join(checkout, 'tests/faults', name.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(into), { recursive: true });
    writeFileSync(into, compiled(join(faultsFolder, name)));
  }
  return join(checkout, 'tests/faults/fabwright/driver.js');
};
