import type { CommitInfo, Shipment } from '../model/shipment.ts';
import { git, type GitOptions } from './git.ts';
import { looksLikeMigration } from './migrations.ts';
import { changesBetween, wholeTree } from './tree-entries.ts';

/** Commits as `git log` lists them, newest first. */
export const listCommits = async (
  range: readonly string[],
  limit: number,
  options: GitOptions,
): Promise<readonly CommitInfo[]> => {
  const log = ['-c', 'log.showSignature=false', 'log', '-z', `--max-count=${limit}`, '--encoding=UTF-8'];
  const text = await git([...log, '--format=%H%n%an%n%s', ...range, '--'], options);
  return text
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [hash = '', author = '', ...subject] = entry.split('\n');
      return { hash, author, subject: subject.join(' ') };
    });
};

const most = 200;

/**
 * What going from one commit to another ships. With no known commit to start from (a first deploy, or a live
 * commit that nobody has any more), the whole tree counts as new and `commits` holds only the newest.
 */
export const shipmentBetween = async (
  known: string | undefined,
  { from, to, ref }: Pick<Shipment, 'from' | 'to' | 'ref'>,
  options: GitOptions,
): Promise<Shipment> => {
  const [commits, undone, changes] = await Promise.all([
    known === undefined ? listCommits([to], 1, options) : listCommits([`${known}..${to}`], most, options),
    known === undefined ? [] : listCommits([`${to}..${known}`], most, options),
    known === undefined ? wholeTree(to, options) : changesBetween(known, to, options),
  ]);
  return {
    from,
    to,
    ref,
    commits,
    undone,
    changedFiles: changes.length,
    // A removed submodule has no commit to go to; it counts among the changed files only.
    submodules: changes.flatMap((change) =>
      change.to === undefined ? [] : [{ path: change.path, from: change.from, to: change.to }],
    ),
    migrations: changes
      .filter(({ status, path, submodule }) => status === 'A' && !submodule && looksLikeMigration(path))
      .map(({ path }) => path),
  };
};
