import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { versionOf } from '../../measure/machine.ts';
import { buildLine, keptReleases, sharedDirectory, sharedFile } from '../work.ts';
import type { Place, Tool } from './tool.ts';

const playbook = ({ url, root }: Place): string => `- hosts: all
  gather_facts: false
  vars:
    root: ${root}
    path: "{{ root }}/releases/{{ release }}"
  tasks:
    - name: mirror
      ansible.builtin.git: { repo: '${url}', dest: '{{ root }}/repo', bare: true, version: '{{ commit }}' }
    - name: release directory
      ansible.builtin.file: { path: '{{ path }}/config', state: directory }
    - name: code
      ansible.builtin.shell: git -C {{ root }}/repo archive {{ commit }} | tar -x -C {{ path }}
    - name: shared
      ansible.builtin.file: { src: '{{ root }}/shared/{{ item }}', dest: '{{ path }}/{{ item }}', state: link }
      loop: [${sharedDirectory}, ${sharedFile}]
    - name: build
      ansible.builtin.command: { cmd: ${buildLine}, chdir: '{{ path }}' }
    - name: revision
      ansible.builtin.copy: { content: "{{ commit }}\\n", dest: '{{ path }}/REVISION' }
    - name: publish
      ansible.builtin.file: { src: '{{ path }}', dest: '{{ root }}/current', state: link, force: true }
    - name: clean
      ansible.builtin.shell: ls -1 | head -n -${keptReleases} | xargs -r rm -rf
      args: { chdir: '{{ root }}/releases' }
    - name: log
      ansible.builtin.shell: echo "$(date -u +%FT%TZ) {{ commit }} deployed as {{ release }}" >>{{ root }}/revisions.log
`;

const settings = ({ hosts, sshConfig, folder }: Place): string => `[defaults]
inventory = ${folder}/hosts
forks = ${hosts.length}
interpreter_python = /usr/bin/python3
local_tmp = ${folder}/tmp
[ssh_connection]
pipelining = true
ssh_args = -F ${sshConfig} -o ControlMaster=auto -o ControlPersist=60s
control_path_dir = ${folder}/cp
`;

const program = '/usr/bin/ansible-playbook';
const stamp = (): string => new Date().toISOString().replaceAll(/[^\d]/g, '').slice(0, 14);

/** Debian's Ansible; its defaults are five forks and three commands for each task. */
export const ansible: Tool = {
  name: 'ansible',
  title: 'Ansible, as many forks as hosts, pipelining',
  records: { revision: 'REVISION', log: 'revisions.log' },
  version: () => (existsSync(program) ? versionOf(program, ['--version']) : undefined),
  prepare(place) {
    writeFileSync(join(place.folder, 'hosts'), `${place.hosts.map(({ name }) => name).join('\n')}\n`);
    writeFileSync(join(place.folder, 'ansible.cfg'), settings(place));
    writeFileSync(join(place.folder, 'deploy.yml'), playbook(place));
    return (commit) => ({
      program,
      words: [join(place.folder, 'deploy.yml'), '-e', `commit=${commit} release=${stamp()}`],
      env: { ANSIBLE_CONFIG: join(place.folder, 'ansible.cfg') },
    });
  },
};
