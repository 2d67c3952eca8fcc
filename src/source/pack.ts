import { open, rm } from 'node:fs/promises';
import { git, type GitOptions } from './git.ts';
import type { Repository } from './repository.ts';

/** A pack in a file of the controller's. */
export interface Pack {
  readonly path: string;
  readonly bytes: number;
}

type Watch = Pick<GitOptions, 'signal' | 'onProgress'>;

/**
 * Of the objects that a host advertised, those a pack can build on: commits this mirror has, less the ancestors of
 * others. Hosts that differ only in how many old releases they keep come to the same bases.
 */
export const usableBases = async (
  { directory }: Repository,
  advertised: readonly string[],
  { signal }: Watch = {},
): Promise<readonly string[]> => {
  if (advertised.length === 0) return [];
  const here: GitOptions = { directory, signal };
  const ask = advertised.map((oid) => `${oid}^{commit}\n`).join('');
  const answer = await git(['cat-file', '--batch-check=%(objectname) %(objecttype)'], { ...here, input: ask });
  const commits = answer.split('\n').flatMap((line) => (line.endsWith(' commit') ? [line.split(' ')[0] ?? ''] : []));
  const known = [...new Set(commits)].sort();
  // With a clone's worth of refs, sorting out ancestors costs more than it saves.
  if (known.length < 2 || known.length > 100) return known;
  const tips = await git(['merge-base', '--independent', ...known], here);
  return tips
    .split('\n')
    .filter((line) => line !== '')
    .sort();
};

/** Writes what the commit has and the bases have not, as a thin pack: deltas may build on what the host holds. */
export const makePack = async (
  { directory }: Repository,
  { commit, bases, path }: { readonly commit: string; readonly bases: readonly string[]; readonly path: string },
  { signal, onProgress }: Watch = {},
): Promise<Pack> => {
  const file = await open(path, 'wx', 0o600);
  try {
    const flags = [
      '--revs',
      '--thin',
      '--stdout',
      '--delta-base-offset',
      onProgress === undefined ? '-q' : '--progress',
    ];
    await git(['pack-objects', ...flags], {
      directory,
      signal,
      onProgress,
      outputTo: file.fd,
      input: `${commit}\n${bases.map((base) => `^${base}\n`).join('')}`,
      sentence: `git could not pack commit ${commit.slice(0, 12)}.`,
    });
    return { path, bytes: (await file.stat()).size };
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
};
