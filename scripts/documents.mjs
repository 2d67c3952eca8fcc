import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

/** Puts what a command found out in the place that a document keeps for it: after its marker, before the end's. */
export const writeDown = (document, command, text) => {
  const file = join(root, document);
  const between = new RegExp(`(<!-- UPDATE_DOCS=1 ${command} -->\\n)[^]*?(<!-- end -->)`);
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(between, (_, head, tail) => `${head}${text}\n${tail}`),
  );
};
