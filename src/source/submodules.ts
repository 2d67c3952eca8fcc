import { git, GitFailed, runGit, type GitOptions } from './git.ts';
import { resolveSubmoduleUrl } from './relative-url.ts';
import { wholeTree } from './tree-entries.ts';

/** A submodule as a commit records it; `url` is complete. */
export interface Submodule {
  readonly path: string;
  readonly url: string;
  readonly commit: string;
}

type Section = Record<string, string>;

const gitmodules = async (commit: string, options: GitOptions): Promise<ReadonlyMap<string, Section>> => {
  const { status } = await runGit(['cat-file', '-e', `${commit}:.gitmodules`], options);
  if (status !== 0) return new Map();
  const list = await git(['config', '--blob', `${commit}:.gitmodules`, '-z', '--list'], options);
  const sections = new Map<string, Section>();
  for (const entry of list.split('\0')) {
    const newline = entry.indexOf('\n');
    const match = /^submodule\.(.*)\.([a-z]+)$/s.exec(newline === -1 ? entry : entry.slice(0, newline));
    if (match === null || newline === -1) continue;
    const [, name = '', key = ''] = match;
    const section = sections.get(name) ?? {};
    section[key] = entry.slice(newline + 1);
    sections.set(name, section);
  }
  return sections;
};

/**
 * The submodules of one commit, not those inside them (`sourceParts` follows those). `update = none` in
 * `.gitmodules` leaves one out, as git does.
 * @throws GitFailed when a submodule has no usable URL.
 */
export const submodulesOf = async (
  commit: string,
  parentUrl: string,
  options: GitOptions,
): Promise<readonly Submodule[]> => {
  const links = (await wholeTree(commit, options)).filter(({ submodule }) => submodule);
  if (links.length === 0) return [];
  const sections = [...(await gitmodules(commit, options)).values()];
  return links.flatMap(({ path, to: recorded = '' }) => {
    const section = sections.find((each) => each['path'] === path);
    if (section?.['update'] === 'none') return [];
    const url = section?.['url'];
    if (url === undefined || url === '')
      throw new GitFailed(
        `The submodule ${path} of commit ${commit.slice(0, 12)} has no url in .gitmodules.`,
        undefined,
        '',
      );
    if (url.startsWith('-'))
      throw new GitFailed(`The url of the submodule ${path} starts with a dash: ${url}`, undefined, '');
    return [{ path, url: resolveSubmoduleUrl(parentUrl, url), commit: recorded }];
  });
};
