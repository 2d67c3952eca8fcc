import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildLine, migrateLine, restartLine } from '../application.ts';
import type { OtherTool } from './lane.ts';

const recipe = (repository: string, sshConfig: string): string => `lock '~> 3'
set :application, 'app'
set :repo_url, '${repository}'
set :branch, ENV['BRANCH']
set :deploy_to, '/home/deploy/www/production'
set :keep_releases, 2
set :format, :simpletext
set :log_level, :info
set :ssh_options, { config: ['${sshConfig}'], keepalive: true, keepalive_interval: 1, keepalive_maxcount: 3 }
namespace :app do
  task :build do
    on(roles(:app)) { execute "cd #{release_path} && { " + %q(${buildLine}) + "; }" }
  end
  task :migrate do
    on(primary(:app)) { execute "cd #{release_path} && { " + %q(${migrateLine}) + "; }" }
  end
  task :restart do
    on(roles(:app)) { execute "cd #{current_path} && { " + %q(${restartLine}) + "; }" }
  end
end
before 'deploy:publishing', 'app:build'
after 'app:build', 'app:migrate'
after 'deploy:published', 'app:restart'
`;

const steps: readonly (readonly [RegExp, string])[] = [
  [/built\.txt/, 'build'],
  [/migrations/, 'migrate'],
  [/restarts/, 'restart'],
  [/ln -s .*current|mv .*current/, 'publish'],
  [/revisions\.log|who/, 'log'],
  [/git-ssh|git |REVISION|repo\b/, 'code'],
  [/rm -rf|ls -x|ls -1t/, 'clean'],
];

/** Debian's Capistrano 3. */
export const capistrano: OtherTool = {
  name: 'capistrano',
  fetches: 'hosts',
  tasks: ['deploy', 'rollback'],
  program: 'cap',
  words: (task) => ['production', task === 'rollback' ? 'deploy:rollback' : 'deploy'],
  step: (command) => steps.find(([pattern]) => pattern.test(command))?.[1] ?? 'check',
  what: (command) =>
    command
      .replace(/^.*GIT_SSH="[^"]*" ; /, '')
      .replace(/git-ssh-[\w.-]+/g, 'git-ssh')
      .replace(/\d{14}/g, 'RELEASE')
      .replace(/[0-9a-f]{40}/g, 'COMMIT')
      .replace(/\/home\/deploy\/www\/production/g, '~')
      .slice(0, 70),
  configure(folder, fleet, repository) {
    mkdirSync(join(folder, 'config/deploy'), { recursive: true });
    writeFileSync(
      join(folder, 'Capfile'),
      "require 'capistrano/setup'\nrequire 'capistrano/deploy'\nrequire 'capistrano/scm/git'\ninstall_plugin Capistrano::SCM::Git\n",
    );
    writeFileSync(join(folder, 'config/deploy.rb'), recipe(repository, fleet.sshConfig));
    const servers = fleet.hosts.map(
      ({ name }, index) => `server '${name}', user: 'deploy', roles: %w[app]${index === 0 ? ', primary: true' : ''}\n`,
    );
    writeFileSync(join(folder, 'config/deploy/production.rb'), servers.join(''));
    return {};
  },
  missing: () => (existsSync('/usr/bin/cap') ? undefined : 'Debian’s package capistrano is not installed'),
};
