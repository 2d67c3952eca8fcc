import { quote, sh, shell, type Command } from '../model/command.ts';
import { alone, fullHash, hostPath } from './host-git.ts';

/** The ref in a host's mirror that keeps a release's commit; deleted with the release. */
export const releaseRef = (release: string): string => `refs/fab/releases/${release}`;

/** Makes the bare mirror unless it is there. Any number of runs may do so at once. */
export const prepareMirror = (mirror: string): Command =>
  shell(`(
${alone}
mirror=${hostPath(mirror)}
[ -f "$mirror/HEAD" ] && exit 0
mkdir -p "\${mirror%/*}" || exit 1
draft=$(mktemp -d "\${mirror%/*}/.mirror.XXXXXX") || exit 1
trap 'rm -rf "$draft"' 0
chmod 755 "$draft" && plain_git init --bare -q --template= "$draft" || exit 1
# Whoever renames first has made it; the others find it there.
mv -T "$draft" "$mirror" 2>/dev/null || [ -f "$mirror/HEAD" ] || { echo "could not make $mirror" >&2; exit 1; }
)`);

/** The other side of `deliver`: git takes a pack, checks it whole, and only then sets the ref. */
export const receivePack = (mirror: string): Command => {
  const options = '-c receive.unpackLimit=1 -c receive.autogc=false -c receive.denyNonFastForwards=false';
  return shell(
    `export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null LC_ALL=C; unset GIT_PROTOCOL; ` +
      `exec git ${options} -c core.hooksPath=/dev/null receive-pack ${hostPath(mirror)}`,
  );
};

/** Forgets a deleted release's commit; gc takes the objects later. */
export const forgetRelease = ({ mirror, release }: { mirror: string; release: string }): Command =>
  sh`git --git-dir ${shell(hostPath(mirror))} update-ref -d ${releaseRef(release)}`;

export interface FetchFrom {
  readonly mirror: string;
  readonly url: string;
  readonly commit: string;
  /** What the commit was resolved from: a branch, a tag, or the hash itself. */
  readonly ref: string;
  readonly release: string;
}

/**
 * For `code_delivery: pull`: the host fetches by itself. The ref is asked for first, every server gives that; when it
 * has moved off the commit, the commit is asked for by its hash. Four tries, with pauses that differ from host to
 * host. The user's git configuration applies here, and only here: it knows proxies and credentials.
 */
export const fetchFrom = ({ mirror, url, commit, ref, release }: FetchFrom): Command => {
  if (url.startsWith('-') || ref.startsWith('-')) throw new Error('Neither a URL nor a ref may start with a dash.');
  return shell(`(
export LC_ALL=C GIT_TERMINAL_PROMPT=0 GIT_DIR=${hostPath(mirror)}
commit=${fullHash(commit)}
ref=${quote(ref)}
url=${quote(url)}
if [ -z "\${GIT_SSH_COMMAND:-}\${GIT_SSH:-}" ] && ! git config core.sshCommand >/dev/null; then
  export GIT_SSH_COMMAND='ssh -o BatchMode=yes -o ConnectTimeout=15'
fi
# Complete, not merely there: a commit whose files are missing is fetched again.
complete() { git cat-file -e "$commit^{commit}" 2>/dev/null && git rev-list --quiet --objects "$commit" --not --all 2>/dev/null; }
bounded_fetch() {
  git -c gc.auto=0 -c maintenance.auto=false -c fetch.unpackLimit=1 -c http.lowSpeedLimit=1 -c http.lowSpeedTime=30 \\
    -c core.hooksPath=/dev/null fetch -q --no-tags --no-recurse-submodules -- "$url" "$1"
}
try=1
until complete; do
  asked=
  if [ "$ref" != "$commit" ]; then
    bounded_fetch "$ref" </dev/null && asked=yes
    complete && break
  fi
  bounded_fetch "$commit" </dev/null && continue
  # A submodule's commit has no ref, and old servers give only refs: look through all branches.
  if [ "$ref" = "$commit" ]; then
    bounded_fetch "+refs/heads/*:refs/fab/seen/*" </dev/null && complete && break
  fi
  if [ -n "$asked" ]; then echo "$ref has moved, and the repository does not give $commit by its hash" >&2; fi
  [ "$try" -lt 4 ] || { echo "commit $commit could not be fetched, tried $try times" >&2; exit 1; }
  chance=$(od -An -N1 -tu1 /dev/urandom) || chance=$$
  sleep $((try + chance % (2 * try + 1)))
  try=$((try + 1))
done
git update-ref ${quote(releaseRef(release))} "$commit" || exit 1
git for-each-ref --format='delete %(refname)' refs/fab/seen | git update-ref --stdin
)`);
};
