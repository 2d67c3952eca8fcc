import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What one commit changes in the application. */
export interface Version {
  readonly subject: string;
  /** New files, by their path in the repository. */
  readonly files?: Readonly<Record<string, string>>;
  /** By path, what is put behind a passage that must be there: `[passage, what follows it from now on]`. */
  readonly insertions?: Readonly<Record<string, readonly (readonly [string, string])[]>>;
}

/** Makes the change in a checkout; an insertion without its passage is a version that does not fit the application. */
export const apply = (folder: string, { files = {}, insertions = {} }: Version): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  for (const [path, pairs] of Object.entries(insertions)) {
    const before = readFileSync(join(folder, path), 'utf8');
    writeFileSync(join(folder, path), pairs.reduce(insertAfter(path), before));
  }
};

const insertAfter =
  (path: string) =>
  (text: string, [passage, addition]: readonly [string, string]): string => {
    if (text.split(passage).length !== 2) throw new Error(`${path} does not have «${passage}» exactly once.`);
    return text.replace(passage, () => passage + addition);
  };

/** The whole of corehq/version.py. */
export const numbered = (number: string): Readonly<Record<string, string>> => ({
  'corehq/version.py': `VERSION = "${number}"\n`,
});
