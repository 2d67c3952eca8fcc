import { fail, ok, type Result } from '../model/result.ts';
import { hideCredentials } from './credentials.ts';
import { git, runGit, type GitOptions } from './git.ts';
import { nearest } from '../model/nearest.ts';

/** The one commit that a deploy takes, and the name it was found under. */
export interface Resolved {
  readonly commit: string;
  /** The branch's or tag's name; the full hash when one was asked for. */
  readonly ref: string;
  readonly kind: 'branch' | 'tag' | 'commit';
}

const peeled = async (object: string, options: GitOptions): Promise<string | undefined> => {
  const { status, output } = await runGit(['rev-parse', '--verify', '--quiet', `${object}^{commit}`], options);
  return status === 0 ? output.trim() : undefined;
};

/** Looks a ref up by its exact name: `main~1` and `main^{tree}` are no names. */
const exact = async (name: string, options: GitOptions): Promise<string | undefined> => {
  const { status, output } = await runGit(['show-ref', '--verify', '--hash', name], options);
  return status === 0 ? output.trim() : undefined;
};

const commitsStarting = async (prefix: string, options: GitOptions): Promise<readonly string[]> => {
  const { status, output } = await runGit(['rev-parse', `--disambiguate=${prefix}`], options);
  if (status !== 0 || output === '') return [];
  const types = await git(['cat-file', '--batch-check=%(objectname) %(objecttype)'], { ...options, input: output });
  return types
    .split('\n')
    .filter((line) => line.endsWith(' commit'))
    .map((line) => line.split(' ')[0] ?? '');
};

const names = async (options: GitOptions): Promise<readonly string[]> =>
  (await git(['for-each-ref', '--format=%(refname)', 'refs/heads', 'refs/tags'], options))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^refs\/(heads|tags)\//, ''));

const unknown = async (asked: string, url: string, options: GitOptions): Promise<string> => {
  const where = hideCredentials(url);
  if (/^[0-9a-f]{40}$/i.test(asked)) return `${where} has no commit ${asked}.`;
  const known = await names(options);
  if (known.length === 0) return `${where} has no branches yet.`;
  // `checkout-2` for `feature/checkout-2`: the folder was left out.
  const near = nearest(asked, known) ?? known.find((name) => name.toLowerCase().endsWith(`/${asked.toLowerCase()}`));
  const hint =
    near === undefined
      ? /^[0-9a-f]{4,39}$/i.test(asked)
        ? ' A commit on no branch or tag must be written in full.'
        : ''
      : ` Did you mean «${near}»?`;
  return `${where} has no branch, tag or commit «${asked}».${hint}`;
};

export interface ResolveOptions extends GitOptions {
  readonly url: string;
  /** Asks the repository for one commit by its full hash; false when it does not give it. */
  readonly obtain: (commit: string) => Promise<boolean>;
}

/**
 * Branch, then tag, then hash. `refs/heads/…` and `refs/tags/…` may be written in full where a branch and a
 * tag share a name. An annotated tag is peeled to its commit.
 */
export const resolveRef = async (asked: string, options: ResolveOptions): Promise<Result<Resolved, string>> => {
  const { url, obtain } = options;
  if (asked === '') return fail('The branch is empty: name a branch, a tag or a commit.');
  const kinds = [
    ['branch', 'refs/heads/'],
    ['tag', 'refs/tags/'],
  ] as const;
  for (const [kind, folder] of kinds) {
    const name = asked.startsWith(folder) ? asked.slice(folder.length) : asked;
    const found = name.startsWith('refs/') ? undefined : await exact(folder + name, options);
    if (found === undefined) continue;
    const commit = await peeled(found, options);
    return commit === undefined ? fail(`The ${kind} «${name}» names no commit.`) : ok({ commit, ref: name, kind });
  }
  if (!/^[0-9a-f]{4,40}$/i.test(asked)) return fail(await unknown(asked, url, options));
  const hash = asked.toLowerCase();
  if (hash.length === 40) {
    const direct = (await peeled(hash, options)) ?? ((await obtain(hash)) ? await peeled(hash, options) : undefined);
    return direct === undefined
      ? fail(await unknown(asked, url, options))
      : ok({ commit: direct, ref: direct, kind: 'commit' });
  }
  const [only, ...more] = await commitsStarting(hash, options);
  if (only === undefined) return fail(await unknown(asked, url, options));
  if (more.length === 0) return ok({ commit: only, ref: only, kind: 'commit' });
  const some = [only, ...more].slice(0, 3).map((each) => each.slice(0, 12));
  return fail(`«${asked}» is the beginning of ${more.length + 1} commits (${some.join(', ')}): write more of it.`);
};
