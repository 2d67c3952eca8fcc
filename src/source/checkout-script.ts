import { quote, shell, type Command } from '../model/command.ts';
import { hostPath } from './host-git.ts';
import { ownNames } from './own-names.ts';
import { inRelease, trees, unlessEqual } from './verify-script.ts';

export interface WriteOut {
  readonly mirror: string;
  readonly commit: string;
  readonly into: string;
  /** Names in `into` that survive, `*` standing for anything; none in a submodule's directory. */
  readonly keep?: readonly string[];
}

const pattern = (glob: string): string =>
  glob
    .split('*')
    .map((part) => (part === '' ? '' : quote(part)))
    .join('*');

/**
 * Writes a commit's files into a directory, after discarding what an earlier attempt left, and reads them all back:
 * status 1 where they are not the commit's. A submodule becomes an empty directory, to be filled by a call of its
 * own. Never `git archive`, which leaves out and rewrites files.
 */
export const writeOut = ({ mirror, commit, into, keep = ownNames }: WriteOut): Command =>
  shell(`(
umask 022
into=${hostPath(into.replace(/\/+$/, ''))}
mkdir -p "$into" && cd "$into" || exit 1
# What follows deletes: not in a directory that \`current\` leads to.
live=$(cd "\${into%/*}/../current" 2>/dev/null && pwd -P) || live=
if [ -n "$live" ] && [ "$live" = "$(pwd -P)" ]; then echo "$into is live: nothing is written into it" >&2; exit 1; fi
for entry in * .[!.]* ..?*; do
${keep.length === 0 ? '' : `  case $entry in ${keep.map(pattern).join(' | ')}) continue ;; esac\n`}  if [ -e "$entry" ] || [ -L "$entry" ]; then rm -rf "./$entry" || exit 1; fi
done
${inRelease({ mirror, commit, into })}
# One worker per core, where there are enough files for it to pay.
plain_git -c checkout.workers=0 checkout-index -a -f -q || exit 1
${trees}
${unlessEqual}
)`);
