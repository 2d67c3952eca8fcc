import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { hideCredentials } from './credentials.ts';
import { git, GitFailed, runGit, type GitOptions } from './git.ts';
import { withLockFile } from './lock-file.ts';

export interface MirrorOptions extends Pick<GitOptions, 'signal' | 'onProgress' | 'untrusted'> {
  readonly url: string;
  readonly directory: string;
}

/** Longer than a server needs to start counting, shorter than a person's patience with a dead link. */
const silence = 90;

/** Fetches refs into a mirror. A URL never reaches git as an option. */
export const fetchInto = async (
  { url, directory, signal, onProgress, untrusted = false }: MirrorOptions,
  refspecs: readonly string[],
  more: readonly string[] = [],
): Promise<void> => {
  const shown = hideCredentials(url);
  if (url.startsWith('-')) throw new GitFailed(`«${shown}» is not the URL of a repository.`, undefined, '');
  const quiet = ['-c', 'core.hooksPath=/dev/null', '-c', 'http.lowSpeedLimit=1', '-c', 'http.lowSpeedTime=60'];
  const options = ['fetch', '--no-tags', '--no-recurse-submodules', '--progress', ...more];
  const warnings: string[] = [];
  await git([...quiet, ...options, '--', url, ...refspecs], {
    directory,
    signal,
    onProgress: (line) => {
      if (line.includes('shallow roots are not allowed')) warnings.push(line);
      onProgress?.(line);
    },
    untrusted,
    silence,
    sentence: `The code repository ${shown} could not be read.`,
  });
  // git only warns, and leaves the ref out.
  if (warnings.length > 0)
    throw new GitFailed(`${shown} is a shallow clone: deploy from a complete one.`, undefined, '');
};

const update = async (options: MirrorOptions): Promise<void> => {
  const refspecs = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fetchInto(options, refspecs, ['--prune', '--force']);
    } catch (error) {
      // Another git in the same mirror: its turn is short.
      const busy = error instanceof GitFailed && /cannot lock ref|Unable to create .*\.lock/.test(error.lastWords);
      if (!busy || attempt === 5) throw error;
      await pause(100 * attempt + Math.random() * 200);
    }
  }
};

const create = async (options: MirrorOptions): Promise<void> => {
  const { directory, signal } = options;
  const beginnings = `${basename(directory)}.new-`;
  for (const name of await readdir(dirname(directory)))
    if (name.startsWith(beginnings)) await rm(join(dirname(directory), name), { recursive: true, force: true });
  const draft = `${directory}.new-${randomUUID()}`;
  try {
    await mkdir(draft, { mode: 0o700 });
    await git(['init', '--quiet', '--bare', '--template=', draft], { signal });
    // What was live once is shown as "undone" after a forced push: keep it longer than git's two weeks.
    await git(['config', 'gc.pruneExpire', '90.days.ago'], { directory: draft, signal });
    await update({ ...options, directory: draft });
    await rename(draft, directory);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
};

/** Brings the bare mirror in `directory` up to date, or makes it: whole or not at all. */
export const bringMirror = async (options: MirrorOptions): Promise<void> => {
  const { directory, signal, onProgress } = options;
  await mkdir(dirname(directory), { recursive: true, mode: 0o700 });
  const onWaiting = (): void => onProgress?.('Waiting for another run that reads the same repository');
  await withLockFile(`${directory}.lock`, { signal, onWaiting }, async () => {
    // A mirror that git does not know for one (a full disk, a half-deleted cache) is made anew.
    const usable = (await runGit(['rev-parse', '--git-dir'], { directory, signal })).status === 0;
    if (!usable) await rm(directory, { recursive: true, force: true });
    await (usable ? update(options) : create(options));
  });
};
