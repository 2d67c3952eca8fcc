import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { versionOf } from '../../measure/machine.ts';
import { buildLine, keptReleases, sharedDirectory, sharedFile } from '../work.ts';
import type { Place, Tool } from './tool.ts';

/**
 * The loop that somebody who knows ssh would write: masters, then one command a host, all hosts at once; a
 * barrier; the rename everywhere; then what is left to do. Writing a release out by an index of its own
 * is the quickest way that git has.
 */
const script = ({ hosts, sshConfig, url, root }: Place): string => `#!/bin/bash
set -u
commit=$1
hosts=(${hosts.map(({ name }) => name).join(' ')})
sockets=$(mktemp -d "$HOME/mux.XXXXXX")
ssh=(ssh -F ${sshConfig} -o ControlPath=$sockets/%n)
release=$(date -u +%Y%m%d%H%M%S)

everywhere() {
  local pids=() failed=0 host pid
  for host in "\${hosts[@]}"; do
    "$@" "$host" &
    pids+=($!)
  done
  for pid in "\${pids[@]}"; do wait "$pid" || failed=1; done
  [ $failed = 0 ] || { echo "failed: $*" >&2; exit 1; }
}

connect() { "\${ssh[@]}" -MNf "$1"; }
run() { "\${ssh[@]}" "$2" "$1"; }
leave() { "\${ssh[@]}" -O exit "$1" 2>/dev/null; }
trap 'for host in "\${hosts[@]}"; do leave "$host" & done; wait; rm -rf "$sockets"' EXIT

everywhere connect
everywhere run "set -eu
cd ${root}
if [ -d repo ]; then git -C repo fetch -q origin +refs/heads/master:refs/heads/master; else git clone -q --bare ${url} repo; fi
mkdir -p releases/$release/config
cd releases/$release
export GIT_DIR=${root}/repo GIT_WORK_TREE=. GIT_INDEX_FILE=${root}/index.$release
git read-tree $commit
git checkout-index -a
rm -f ${root}/index.$release
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
ln -s ${root}/shared/${sharedDirectory} ${sharedDirectory}
ln -s ${root}/shared/${sharedFile} ${sharedFile}
${buildLine}
echo $commit >REVISION
ln -sfn releases/$release ${root}/current.new"
everywhere run "mv -T ${root}/current.new ${root}/current"
everywhere run "cd ${root} && echo \\"\\$(date -u +%FT%TZ) $commit deployed as $release\\" >>revisions.log
ls -1 releases | head -n -${keptReleases} | sed 's,^,releases/,' | xargs -r rm -rf"
`;

/** The hand-written parallel loop over ControlMaster. */
export const bash: Tool = {
  name: 'bash',
  title: 'bash, a parallel loop over ControlMaster',
  records: { revision: 'REVISION', log: 'revisions.log' },
  version: () => versionOf('bash', ['--version']),
  prepare(place) {
    const file = join(place.folder, 'deploy.sh');
    writeFileSync(file, script(place));
    return (commit) => ({ program: 'bash', words: [file, commit] });
  },
};
