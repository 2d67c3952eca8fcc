import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { versionOf } from '../../measure/machine.ts';
import { buildLine, keptReleases, sharedDirectory, sharedFile } from '../work.ts';
import type { Place, Tool } from './tool.ts';

const python = '/usr/bin/python3';

/** One line after the other, each on all hosts at once: a line is a barrier. */
const script = ({ hosts, sshConfig, url, root }: Place): string => `import sys, time
from fabric import Config, ThreadingGroup

commit = sys.argv[1]
root = '${root}'
release = time.strftime('%Y%m%d%H%M%S', time.gmtime())
path = f'{root}/releases/{release}'
config = Config(runtime_ssh_path='${sshConfig}')
hosts = ThreadingGroup(${hosts.map(({ name }) => `'${name}'`).join(', ')}, config=config)
run = lambda line: hosts.run(line, hide=True)

with hosts:
    run(f'test -d {root}/repo || git clone -q --mirror ${url} {root}/repo')
    run(f'git -C {root}/repo remote update --prune')
    run(f'mkdir -p {path}/config && git -C {root}/repo archive {commit} | tar -x -C {path}')
    run(f'ln -s {root}/shared/${sharedDirectory} {path}/${sharedDirectory}')
    run(f'ln -s {root}/shared/${sharedFile} {path}/${sharedFile}')
    run(f'cd {path} && ${buildLine}')
    run(f'echo {commit} >{path}/REVISION')
    run(f'ln -s {path} {root}/current.new && mv -T {root}/current.new {root}/current')
    run(f'cd {root}/releases && ls -1 | head -n -${keptReleases} | xargs -r rm -rf')
    run(f'echo "$(date -u +%FT%TZ) {commit} deployed as {release}" >>{root}/revisions.log')
`;

/** Debian's Fabric 2: a script of the kind that its documentation shows, on all hosts at once. */
export const fabric: Tool = {
  name: 'fabric',
  title: 'Fabric, ThreadingGroup',
  records: { revision: 'REVISION', log: 'revisions.log' },
  version: () => versionOf(python, ['-c', 'import fabric; print(fabric.__version__)']),
  prepare(place) {
    const file = join(place.folder, 'deploy.py');
    writeFileSync(file, script(place));
    return (commit) => ({ program: python, words: [file, commit] });
  },
};
