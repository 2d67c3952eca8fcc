import { hideCredentials } from './credentials.ts';
import { GitFailed } from './git.ts';
import type { Repository } from './repository.ts';

/** One repository that goes into a release: the code itself (path ''), or a submodule at its path. */
export interface SourcePart {
  readonly path: string;
  readonly repository: Repository;
  readonly commit: string;
}

/**
 * The code and all its submodules, those inside others too, each after the one it stands in: the order in which
 * they are written out.
 * @param open opens a submodule's repository (`openRepository` with `untrusted: true`)
 * @throws GitFailed when a submodule's repository does not have the recorded commit
 */
export const sourceParts = async (
  repository: Repository,
  commit: string,
  open: (url: string) => Promise<Repository>,
): Promise<readonly SourcePart[]> => {
  const opened = new Map<string, Promise<Repository>>();
  const openOnce = (url: string): Promise<Repository> => {
    const known = opened.get(url) ?? open(url);
    opened.set(url, known);
    return known;
  };
  const within = async (part: SourcePart): Promise<readonly SourcePart[]> => {
    const submodules = await part.repository.submodules(part.commit);
    const below = await Promise.all(
      submodules.map(async ({ path, url, commit: recorded }) => {
        const whole = part.path === '' ? path : `${part.path}/${path}`;
        const inner = await openOnce(url);
        if (!(await inner.obtain(recorded)))
          throw new GitFailed(
            `The submodule ${whole} needs commit ${recorded}, which ${hideCredentials(url)} does not have: was it pushed?`,
            undefined,
            '',
          );
        return within({ path: whole, repository: inner, commit: recorded });
      }),
    );
    return [part, ...below.flat()];
  };
  return within({ path: '', repository, commit });
};
