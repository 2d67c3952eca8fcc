import { quote, shell, type Command } from '../model/command.ts';
import { alone, fullHash, hostPath, workFolder } from './host-git.ts';

export interface Verify {
  readonly mirror: string;
  readonly commit: string;
  readonly into: string;
}

/** Work on a release's files with an index and objects of its own, which are gone afterwards. */
export const inRelease = ({ mirror, commit, into }: Verify): string => `${alone}
mirror=${hostPath(mirror)}
into=${hostPath(into)}
commit=${fullHash(commit)}
cd "$into" || exit 1
${workFolder}
mkdir -p "$work/objects/info" && printf '%s\\n' "$mirror/objects" >"$work/objects/info/alternates" || exit 1
export GIT_DIR="$mirror" GIT_WORK_TREE="$into" GIT_INDEX_FILE="$work/index" GIT_OBJECT_DIRECTORY="$work/objects"
plain_git read-tree "$commit" || exit 1`;

/**
 * Sets `expected` (the commit's tree), `tree` (that of the tracked paths on disk) and `base`, which `tree` is to be
 * compared with: `expected`, except where the commit itself holds files in a form that git would not store (CRLF
 * under `text`, an expanded `$Id$`). Those come back different even from an untouched checkout, so `base` has them
 * as a fresh checkout gives them. The index is new and knows no time stamps, so every file is read; where all of
 * them are the commit's, no tree has to be made to know it.
 */
export const trees = `expected=$(plain_git rev-parse --verify "$commit^{tree}") || exit 1
tree=$expected
base=$expected
if ! plain_git update-index --refresh >/dev/null 2>&1; then
  plain_git add -u . && tree=$(plain_git write-tree) || exit 1
fi
if [ "$tree" != "$expected" ]; then
  plain_git diff-tree -r -z --no-renames --diff-filter=M --name-only "$expected" "$tree" >"$work/paths" || exit 1
  again=$(
    mkdir "$work/again" && cd "$work/again" || exit 1
    export GIT_WORK_TREE="$work/again" GIT_INDEX_FILE="$work/again.index"
    exec 2>/dev/null
    plain_git read-tree "$commit" && plain_git checkout-index -f -q -z --stdin <"$work/paths" &&
      plain_git update-index -z --stdin <"$work/paths" && plain_git write-tree
  ) && base=$again
fi`;

/** Ends the shell with status 1 and at most 20 paths on standard error where files are not the commit's. */
export const unlessEqual = `if [ "$tree" != "$base" ]; then
  plain_git diff-tree -r --no-renames --name-status "$base" "$tree" >"$work/changed" || exit 1
  count=$(($(wc -l <"$work/changed")))
  echo "$count files in $into differ from commit $commit:" >&2
  head -n 20 "$work/changed" >&2
  [ "$count" -le 20 ] || echo "and $((count - 20)) more" >&2
  exit 1
fi`;

/**
 * Checks that the tracked files on disk are the commit's, by content and mode: no time stamp is believed. Prints the
 * hash of the tree; status 1 and at most 20 paths on standard error otherwise.
 * Files that are not tracked and files of submodules are not looked at.
 */
export const verify = (options: Verify): Command =>
  shell(`(
${inRelease(options)}
${trees}
${unlessEqual}
echo "$expected"
)`);

/**
 * Lists the tracked files that a build has changed, for `parseChangedFiles`, in git's order: equal text on two hosts
 * means equal code. `except` are paths, not patterns, that are meant to differ.
 */
export const changedTracked = ({
  except = [],
  ...options
}: Verify & { readonly except?: readonly string[] }): Command => {
  return shell(`(
${inRelease(options)}
${trees}
${changesLess(except)}
)`);
};

/**
 * Prints the tree of the tracked files as they are on disk, `except` left out, and below it what `changedTracked`
 * lists. A release's tree is recorded when it is built; one that gives another tree later is not what was built.
 */
export const asBuiltTree = ({ except = [], ...options }: Verify & { readonly except?: readonly string[] }): Command => {
  const shared = except.map((path) => quote(`:(top,literal)${bare(path)}`));
  const less = `plain_git ls-files -z -- ${shared.join(' ')} >"$work/shared" || exit 1
if [ -s "$work/shared" ]; then
  plain_git update-index --force-remove -z --stdin <"$work/shared" && plain_git write-tree || exit 1
else echo "$tree"; fi`;
  return shell(`(
${inRelease(options)}
${trees}
${shared.length === 0 ? 'echo "$tree"' : less}
${changesLess(except)}
)`);
};

const bare = (path: string): string => path.replace(/^(\.\/)+|\/+$/g, '');

const changesLess = (except: readonly string[]): string => {
  const less = except.map((path) => quote(`:(top,exclude,literal)${bare(path)}`));
  return `[ "$tree" = "$base" ] || plain_git diff-tree -r --raw --no-abbrev --no-renames "$base" "$tree" -- ${[':/', ...less].join(' ')}`;
};
