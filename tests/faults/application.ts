import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Repository } from '../end-to-end/world.ts';

/** A version of the application that the loop deploys. */
export type Version = number;

/** Those deployed before a fault, oldest first, and the one that the branch leads to. */
export const earlier: readonly Version[] = [1, 2, 3];
export const newest: Version = 4;

const parts = 6;

/** The tracked files of a version, known without any git. */
export const filesOf = (version: Version): Readonly<Record<string, string>> => ({
  'version.txt': `${version}\n`,
  'deep/er/settings.ini': `[app]\nversion = ${version}\n`,
  'bin/serve': `#!/bin/sh\necho serving ${version}\n`,
  [`only-in-${version}.txt`]: `version ${version} alone has this file\n`,
  ...Object.fromEntries(
    Array.from({ length: parts }, (_, n) => [`parts/${n}.txt`, `part ${n} of ${n % 2 === 0 ? version : 'all'}\n`]),
  ),
});

/** Makes a work tree hold this version and nothing else. */
export const writeVersion = (tree: string, version: Version): void => {
  for (const name of readdirSync(tree)) if (name !== '.git') rmSync(join(tree, name), { recursive: true });
  for (const [name, text] of Object.entries(filesOf(version))) {
    mkdirSync(dirname(join(tree, name)), { recursive: true });
    writeFileSync(join(tree, name), text);
  }
  chmodSync(join(tree, 'bin/serve'), 0o755);
  symlinkSync('version.txt', join(tree, 'latest'));
};

/** Commits every version, oldest first, and tags it; the branch ends at the newest. Their hashes. */
export const commitAll = (app: Repository): readonly string[] =>
  [...earlier, newest].map((version) => {
    writeVersion(app.path, version);
    const commit = app.commit({}, `Version ${version}`);
    app.git('tag', `v${version}`);
    return commit;
  });

/** What the build step makes, slowly enough to be killed half-way. */
export const buildLine =
  ': > built.txt; for part in parts/*.txt; do cat "$part" >> built.txt && sleep 0.01 || exit 1; done';
export const builtOf = (version: Version): string =>
  Object.entries(filesOf(version))
    .filter(([name]) => name.startsWith('parts/'))
    .map(([, text]) => text)
    .join('');

/** What restarting and migrating leave behind: one line each time, with the directory they ran in. */
export const restartLine = 'pwd -P >> ~/restarts';
export const migrateLine = 'pwd -P >> ~/migrations';

const hash = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

const wrongFile = (path: string, text: string): string | undefined => {
  if (!existsSync(path)) return 'is not there';
  if (!lstatSync(path).isFile()) return 'is no file';
  return hash(readFileSync(path)) === hash(text) ? undefined : 'has other content';
};

/** What a release directory lacks of a version; nothing when it is complete. */
export const lacks = (directory: string, version: Version): readonly string[] => {
  if (!existsSync(directory)) return [`${directory} is not there`];
  const wrong = Object.entries(filesOf(version)).flatMap(([name, text]) => {
    const why = wrongFile(join(directory, name), text);
    return why === undefined ? [] : [`${name} ${why}`];
  });
  const runnable = join(directory, 'bin/serve');
  const bits = existsSync(runnable) && (lstatSync(runnable).mode & 0o111) === 0 ? ['bin/serve is not executable'] : [];
  const link = join(directory, 'latest');
  const linked = lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() === true && readlinkSync(link);
  return [...wrong, ...bits, ...(linked === 'version.txt' ? [] : ['latest is not the link it should be'])];
};

/** Whether the build step went through in a release. */
export const isBuilt = (directory: string, version: Version): boolean =>
  wrongFile(join(directory, 'built.txt'), builtOf(version)) === undefined;
