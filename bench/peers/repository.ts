import { spawnSync } from 'node:child_process';
import { builtFiles, buildScript } from './work.ts';

/** Path → text of every file of a commit. */
export type Files = ReadonlyMap<string, string>;

/** An application's history: one commit with everything, then small ones. */
export interface Repository {
  /** A bare repository on this machine. */
  readonly folder: string;
  /** Hashes, oldest first. Only what `master` is at can be fetched. */
  readonly commits: readonly string[];
  files(commit: string): Files;
  /** Moves `master` there. */
  show(commit: string): void;
}

/** So many files, built ones not counted. */
const files = 1459;
const changedPerCommit = 6;
const filesPerFolder = 24;

const words = 'adapter billing cache domain export form group host index job key ledger model note order'.split(' ');

/** Text of some kilobytes that is the same on every machine, looks like source and hardly repeats itself. */
const source = (seed: number): string => {
  let state = (seed * 2654435761) >>> 0;
  const next = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const word = (): string => words[next(words.length)] ?? '';
  const line = (): string =>
    `${' '.repeat(4 * next(4))}${word()}_${word()} = ${word()}(${next(100_000)}, '${word()}-${next(1e9).toString(36)}')\n`;
  return Array.from({ length: 20 + next(90) }, line).join('');
};

const nameOf = (index: number): string =>
  index < builtFiles
    ? `pages/page${String(index).padStart(2, '0')}.txt`
    : `src/package${String(Math.floor(index / filesPerFolder)).padStart(2, '0')}/module${String(index).padStart(4, '0')}.py`;

const first = (): Files =>
  new Map([
    ['bin/build', buildScript],
    ['.gitignore', 'build/\n'],
    ...Array.from({ length: files - 2 }, (_, index): [string, string] => [nameOf(index), source(index)]),
  ]);

/** One page, and modules all over the tree. */
const changes = (number: number): Files =>
  new Map(
    Array.from({ length: changedPerCommit }, (_, nth) => {
      const index =
        nth === 0 ? number % builtFiles : builtFiles + ((number * 131 + nth * 241) % (files - 2 - builtFiles));
      return [nameOf(index), source(1_000_000 + number * 100 + nth)];
    }),
  );

const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
/** Whether a file of the repository may be run. */
export const isProgram = (name: string): boolean => name.startsWith('bin/');

const commitLines = (number: number, changed: Files): string =>
  [
    `commit refs/bench/all\nmark :${number + 1}\n`,
    `committer Ana <ana@example.org> ${1_750_000_000 + number * 3600} +0000\n`,
    data(number === 0 ? 'The application' : `Change ${number}`),
    ...[...changed].map(([name, text]) => `M ${isProgram(name) ? 100755 : 100644} inline ${name}\n${data(text)}`),
  ].join('');

/** Makes a repository of `count` commits in a new folder; nothing in it depends on the day or the machine. */
export const makeRepository = (folder: string, count: number): Repository => {
  const git = (given: readonly string[], input = ''): string => {
    const { status, stdout, stderr } = spawnSync('git', ['--git-dir', folder, ...given], { input, encoding: 'utf8' });
    if (status !== 0) throw new Error(`git ${given.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  const history = [first(), ...Array.from({ length: count - 1 }, (_, index) => changes(index + 1))];
  git(['init', '-q', '--bare', '-b', 'master']);
  git(['fast-import', '--quiet'], history.map((changed, number) => commitLines(number, changed)).join(''));
  const commits = git(['rev-list', '--reverse', 'refs/bench/all']).split('\n');
  // Kept in one pack and served by its branch alone.
  git(['config', 'transfer.hideRefs', 'refs/bench']);
  git(['repack', '-adq']);
  return {
    folder,
    commits,
    files: (commit) => new Map(history.slice(0, commits.indexOf(commit) + 1).flatMap((changed) => [...changed])),
    show: (commit) => void git(['update-ref', 'refs/heads/master', commit]),
  };
};
