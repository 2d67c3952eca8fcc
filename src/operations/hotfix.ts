import { operation, sh, shell, type Role } from '../api.ts';

/**
 * What a hotfix takes over from the live release: everything in it that is not tracked (built
 * artefacts, dependencies), copied. So a hotfix is a release of its own in which only the code has
 * changed; the live one stays as it is and can be rolled back to.
 */
export const hotfixOperations = ({ roles }: { readonly roles: readonly Role[] }) => ({
  takeOver: operation({
    name: 'release.take-over',
    roles,
    run: async ({ host, release, live, layout }) => {
      if (live?.commit === undefined)
        throw new Error('There is no live release of ours to take over from; a hotfix needs a deploy before it.');
      await host.run(untrackedOf(layout.mirror, live.commit, live.path, release.path));
    },
  }),
});

/** Shell that sh`` would take for an insertion of ours. */
const withoutSlash = shell('${entry%/}');

/** Wholly untracked folders come as one entry, so this is a handful of copies. */
const untrackedOf = (mirror: string, commit: string, from: string, to: string) => sh`
export GIT_DIR=${mirror} GIT_WORK_TREE=${from} GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' 0
export GIT_INDEX_FILE="$work/index"
cd ${from} && git read-tree ${commit} && git ls-files --others --directory --no-empty-directory -z > "$work/list" || exit 1
tr '\0' '\n' < "$work/list" | while IFS= read -r entry; do
  case $entry in .fab/*|.fab|KEEP_UNTIL__*) continue;; esac
  entry=${withoutSlash}
  target=${to}/$entry
  [ -e "$target" ] || [ -L "$target" ] || { mkdir -p "$(dirname "$target")" && cp -a "$entry" "$target"; } || exit 1
done`;
