import { quote } from '../model/command.ts';

/**
 * Settings that git on a host works under here: the same on every host, whatever the machine's, the user's or the
 * mirror's configuration says. HOME points at nothing because git before 2.32 does not know GIT_CONFIG_GLOBAL.
 */
export const alone = `umask 022
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_ATTR_NOSYSTEM=1 HOME=/dev/null XDG_CONFIG_HOME=/dev/null
export GIT_DEFAULT_HASH=sha1 GIT_TERMINAL_PROMPT=0 LC_ALL=C
unset GIT_CONFIG_PARAMETERS GIT_CONFIG_COUNT GIT_NAMESPACE GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_LITERAL_PATHSPECS
plain_git() {
  git -c core.fileMode=true -c core.symlinks=true -c core.autocrlf=false -c core.eol=lf -c core.safecrlf=false \\
    -c core.attributesFile=/dev/null -c core.hooksPath=/dev/null -c core.quotePath=true -c core.fsmonitor=false "$@"
}`;

/** A private folder for an index and objects, gone at the end. */
export const workFolder = `work=
trap '[ -z "$work" ] || rm -rf "$work"' 0
trap 'exit 129' 1
trap 'exit 130' 2
trap 'exit 143' 15
work=$(mktemp -d "\${TMPDIR:-/tmp}/fab.XXXXXX") || exit 1`;

/**
 * A host's path as a shell word.
 * @throws Error unless it is absolute: the scripts delete below it
 */
export const hostPath = (path: string): string => {
  if (!path.startsWith('/') || /^\/+$/.test(path)) throw new Error(`«${path}» is not an absolute path below /.`);
  if (path.includes('\n')) throw new Error(`A path on a host cannot contain a line break: «${path}».`);
  return quote(path);
};

/**
 * A full commit hash.
 * @throws Error for anything else: it stands in shell text and is taken for an option otherwise
 */
export const fullHash = (commit: string): string => {
  if (!/^[0-9a-f]{40}$/.test(commit)) throw new Error(`«${commit}» is not a full commit hash.`);
  return commit;
};
