import { existsSync } from 'node:fs';
import { join, resolve as absolute } from 'node:path';
import type { CommitInfo, Shipment } from '../model/shipment.ts';
import type { Result } from '../model/result.ts';
import { git, GitFailed, runGit, type GitOptions } from './git.ts';
import { bringMirror, fetchInto } from './mirror.ts';
import { defaultCacheDirectory, mirrorName } from './mirror-name.ts';
import { isOwnName } from './own-names.ts';
import { resolveRef, type Resolved } from './resolve.ts';
import { listCommits, shipmentBetween } from './shipping.ts';
import { submodulesOf, type Submodule } from './submodules.ts';

/** The controller's complete bare mirror of one code repository. */
export interface Repository {
  /** As it was given; may hold credentials. */
  readonly url: string;
  readonly directory: string;
  /** Branch first, then tag, then a full or abbreviated hash. The failure is a sentence. */
  resolve(ref: string): Promise<Result<Resolved, string>>;
  has(commit: string): Promise<boolean>;
  /** Whether the mirror has the commit, after asking the repository for it by its full hash if need be. */
  obtain(commit: string): Promise<boolean>;
  /** The hash of the commit's tree. */
  tree(commit: string): Promise<string>;
  /**
   * What going from `from` to `to` ships. When `from` is undefined, or is a commit that the repository does not
   * have any more (`has(from)` tells), everything in `to` counts as new, `commits` holds `to` alone and `undone` nothing.
   */
  shipment(from: string | undefined, to: string, ref: string): Promise<Shipment>;
  /** The submodules that the commit itself records; URLs are complete. */
  submodules(commit: string): Promise<readonly Submodule[]>;
  /** Whether some .gitattributes of the commit hands files to git-lfs. */
  usesLfs(commit: string): Promise<boolean>;
  /** Names at the top of the commit that a release has another use for; code with any cannot be deployed. */
  ownNames(commit: string): Promise<readonly string[]>;
  commitInfo(commit: string): Promise<CommitInfo>;
}

export interface OpenRepository {
  readonly url: string;
  /** Default: fabwright/repos in the user's cache folder. */
  readonly cacheDirectory?: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (line: string) => void;
  /** A commit that is all that will be asked for: a mirror that has it is not brought up to date. */
  readonly wanted?: string;
  /** The URL stands in a repository (.gitmodules): git's own restrictions on such URLs apply. */
  readonly untrusted?: boolean;
}

// A relative path would mean another repository, and another mirror, from every directory.
const complete = (url: string): string => (!url.includes('://') && existsSync(url) ? absolute(url) : url);

const lfs = '^[[:space:]]*[^#[:space:]].*[[:space:]]filter=lfs([[:space:]]|$)';

/**
 * Makes or updates the mirror of a repository and opens it. Several processes may do so at once.
 * @throws GitFailed naming the URL, without credentials, when it cannot be read.
 */
export const openRepository = async (options: OpenRepository): Promise<Repository> => {
  const { cacheDirectory = defaultCacheDirectory(), signal, onProgress, wanted, untrusted = false } = options;
  const url = complete(options.url);
  const directory = join(cacheDirectory, mirrorName(url));
  const mirror = { url, directory, signal, onProgress, untrusted };
  const here: GitOptions = { directory, signal };
  const has = async (commit: string): Promise<boolean> =>
    (await runGit(['cat-file', '-e', `${commit}^{commit}`], here)).status === 0;
  if (wanted === undefined || !existsSync(directory) || !(await has(wanted))) await bringMirror(mirror);

  const obtain = async (commit: string): Promise<boolean> => {
    if (await has(commit)) return true;
    if (!/^[0-9a-f]{40}$/.test(commit)) return false;
    try {
      // Under a ref of ours, so that git's cleaning up leaves it alone.
      await fetchInto(mirror, [`+${commit}:refs/fab/fetched/${commit}`]);
    } catch (error) {
      if (error instanceof GitFailed) return false;
      throw error;
    }
    return has(commit);
  };

  return {
    url,
    directory,
    has,
    obtain,
    resolve: (ref) => resolveRef(ref, { ...here, url, obtain }),
    tree: async (commit) => (await git(['rev-parse', '--verify', `${commit}^{tree}`], here)).trim(),
    shipment: async (from, to, ref) =>
      shipmentBetween(from !== undefined && (await obtain(from)) ? from : undefined, { from, to, ref }, here),
    submodules: (commit) => submodulesOf(commit, url, here),
    usesLfs: async (commit) => {
      const args = ['grep', '--quiet', '--text', '-E', '-e', lfs, commit, '--', ':(glob)**/.gitattributes'];
      const { status, errors } = await runGit(args, here);
      if (status > 1) throw new GitFailed('git could not look for git-lfs in the commit.', status, errors.trim());
      return status === 0;
    },
    ownNames: async (commit) =>
      (await git(['ls-tree', '-z', '--name-only', commit], here)).split('\0').filter(isOwnName),
    commitInfo: async (commit) => {
      const [info] = await listCommits([commit], 1, here);
      if (info === undefined) throw new GitFailed(`There is no commit ${commit}.`, undefined, '');
      return info;
    },
  };
};
