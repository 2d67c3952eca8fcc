import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { isProgram, type Files } from './repository.ts';
import { keptReleases, sharedDirectory, sharedFile } from './work.ts';

/** What a host should look like after a deploy. */
export interface Expected {
  readonly commit: string;
  readonly files: Files;
  /** Absolute, on the host. */
  readonly root: string;
}

/** Where a tool writes down what it deployed. */
export interface Records {
  /** In the release; holds the commit. */
  readonly revision: string;
  /** In the root; the line of a deploy holds the commit. */
  readonly log: string;
  /** What a tool has of its own in the root of a release, besides `revision`. */
  readonly own?: readonly string[];
}

/** A host's disk: the place on this machine of an absolute path on the host. */
export type Disk = (path: string) => string;

/** What is not as it should be, in sentences; empty where all is well. */
export const objections = (disk: Disk, expected: Expected, records: Records): readonly string[] => {
  try {
    const release = target(disk, join(expected.root, 'current'));
    if (release === undefined) return ['current is no link'];
    return [
      ...treeObjections(disk, release, expected, records),
      ...linkObjections(disk, release, expected),
      ...recordObjections(disk, release, expected, records),
      ...keptObjections(disk, release, expected),
    ];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
};

/** Where a link leads on the host; nothing where there is none. */
const target = (disk: Disk, link: string): string | undefined => {
  const stat = lstatSync(disk(link), { throwIfNoEntry: false });
  if (stat?.isSymbolicLink() !== true) return undefined;
  const text = readlinkSync(disk(link));
  return text.startsWith('/') ? normalize(text) : join(dirname(link), text);
};

const shared: readonly string[] = [sharedDirectory, sharedFile];

const blobOf = (content: Buffer): string =>
  createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');

/** Path → blob and mode of every file below a folder; of a link, that it is one. */
const filesIn = (folder: string, leaveOut: ReadonlySet<string>): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  const walk = (below: string): void => {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (leaveOut.has(path)) continue;
      if (entry.isDirectory()) walk(path);
      else found.set(path, entry.isFile() ? described(join(folder, path)) : 'no ordinary file');
    }
  };
  walk('');
  return found;
};
const described = (file: string): string => text(blobOf(readFileSync(file)), (lstatSync(file).mode & 0o100) !== 0);
const text = (blob: string, executable: boolean): string => `${blob}${executable ? ' executable' : ''}`;

const treeObjections = (
  disk: Disk,
  release: string,
  { files }: Expected,
  { revision, own = [] }: Records,
): readonly string[] => {
  const wanted = new Map(
    [...files, ...builtFrom(files)].map(([path, content]) => [
      path,
      text(blobOf(Buffer.from(content)), isProgram(path)),
    ]),
  );
  const found = filesIn(disk(release), new Set([revision, ...own, ...shared]));
  const missing = [...wanted.keys()].filter((path) => !found.has(path));
  const odd = [...found].flatMap(([path, is]) => (wanted.get(path) === is ? [] : [path]));
  return [...some('missing', missing), ...some('not as committed', odd)];
};

/** What the build step makes of a commit's files. */
const builtFrom = (files: Files): Files =>
  new Map(
    [...files].flatMap(([path, content]) =>
      path.startsWith('pages/') ? [[path.replace('pages', 'build'), content.toUpperCase()]] : [],
    ),
  );

const some = (what: string, paths: readonly string[]): readonly string[] =>
  paths.length === 0 ? [] : [`${paths.length} files ${what}: ${paths.slice(0, 3).join(', ')}`];

const linkObjections = (disk: Disk, release: string, { root }: Expected): readonly string[] =>
  shared
    .filter((path) => target(disk, join(release, path)) !== join(root, 'shared', path))
    .map((path) => `${path} is no link to what is shared`);

const recordObjections = (
  disk: Disk,
  release: string,
  { commit, root }: Expected,
  { revision, log }: Records,
): readonly string[] =>
  [
    [join(release, revision), revision],
    [join(root, log), log],
  ].flatMap(([path = '', name = '']) =>
    readFileSync(disk(path), 'utf8').includes(commit) ? [] : [`${name} does not name the commit`],
  );

const keptObjections = (disk: Disk, release: string, { root }: Expected): readonly string[] => {
  const releases = join(root, 'releases');
  if (dirname(release) !== releases) return [`current leads to ${release}`];
  const kept = readdirSync(disk(releases)).filter((name) => !name.startsWith('.')).length;
  return kept > keptReleases ? [`${kept} releases are left`] : [];
};
