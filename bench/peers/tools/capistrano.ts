import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { versionOf } from '../../measure/machine.ts';
import { buildLine, keptReleases, sharedDirectory, sharedFile } from '../work.ts';
import type { Place, Tool } from './tool.ts';

const capfile = `require 'capistrano/setup'
require 'capistrano/deploy'
require 'capistrano/scm/git'
install_plugin Capistrano::SCM::Git
`;

const recipe = ({ url, root, sshConfig }: Place): string => `lock '~> 3'
set :application, 'bench'
set :repo_url, '${url}'
set :branch, 'master'
set :deploy_to, '${root}'
set :keep_releases, ${keptReleases}
set :linked_dirs, %w[${sharedDirectory}]
set :linked_files, %w[${sharedFile}]
set :format, :simpletext
set :log_level, :info
set :ssh_options, { config: ['${sshConfig}'] }
task :build do
  on(roles(:app)) { within(release_path) { execute '${buildLine.replace(' ', "', '")}' } }
end
before 'deploy:publishing', 'build'
`;

/** Debian's Capistrano 3, as its own documentation sets it up. */
export const capistrano: Tool = {
  name: 'capistrano',
  title: 'Capistrano',
  records: { revision: 'REVISION', log: 'revisions.log' },
  version: () => (existsSync('/usr/bin/cap') ? versionOf('/usr/bin/cap', ['--version']) : undefined),
  prepare(place) {
    const write = (name: string, text: string): void => writeFileSync(join(place.folder, name), text);
    mkdirSync(join(place.folder, 'config/deploy'), { recursive: true });
    write('Capfile', capfile);
    write('config/deploy.rb', recipe(place));
    const servers = place.hosts.map(({ name, user }) => `server '${name}', user: '${user}', roles: %w[app]\n`);
    write('config/deploy/production.rb', servers.join(''));
    return () => ({ program: '/usr/bin/cap', words: ['production', 'deploy'], env: { HOSTS: '' } });
  },
};
