import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildLine, migrateLine, restartLine } from '../application.ts';
import type { OtherTool } from './lane.ts';

const installed = fileURLToPath(new URL('../../../.cache/faults/shipit', import.meta.url));
const program = join(installed, 'node_modules/.bin/shipit');

const recipe = (servers: readonly string[], repository: string, workspace: string): string => `
module.exports = (shipit) => {
  require('shipit-deploy')(shipit);
  const { registerTask } = require('shipit-utils');
  shipit.initConfig({
    default: {
      deployTo: '/home/deploy/www/production',
      repositoryUrl: ${JSON.stringify(repository)},
      branch: process.env.BRANCH,
      workspace: ${JSON.stringify(workspace)},
      keepReleases: 2,
      shallowClone: false,
    },
    production: { servers: ${JSON.stringify(servers)} },
  });
  const [first] = ${JSON.stringify(servers)};
  shipit.blTask('build', () => shipit.remote('cd ' + shipit.releasePath + ' && { ' + ${JSON.stringify(buildLine)} + '; }'));
  shipit.blTask('migrate', () => shipit.pool.connections.find(({ remote }) => remote.host === first.split('@')[1])
    .run('cd ' + shipit.releasePath + ' && { ' + ${JSON.stringify(migrateLine)} + '; }'));
  registerTask(shipit, 'deploy', [
    'deploy:init', 'deploy:fetch', 'deploy:update', 'build', 'migrate', 'deploy:publish', 'restart', 'deploy:clean', 'deploy:finish',
  ]);
  registerTask(shipit, 'rollback', ['rollback:init', 'deploy:publish', 'restart', 'deploy:clean', 'rollback:finish']);
  shipit.blTask('restart', () => shipit.remote('cd ' + shipit.currentPath + ' && { ' + ${JSON.stringify(restartLine)} + '; }'));
};
`;

const steps: readonly (readonly [RegExp, string])[] = [
  [/built\.txt/, 'build'],
  [/migrations/, 'migrate'],
  [/restarts/, 'restart'],
  [/ln -nfs/, 'publish'],
  [/rsync|mkdir|cp -a/, 'code'],
  [/rm -rf|comm |ls -r/, 'clean'],
];

/** Shipit 5, the newest there is. */
export const shipit: OtherTool = {
  name: 'shipit',
  fetches: 'controller',
  tasks: ['deploy', 'rollback'],
  program,
  words: (task) => ['production', task],
  step: (command) => steps.find(([pattern]) => pattern.test(command))?.[1] ?? 'check',
  what: (command) =>
    command
      .replace(/\d{14}/g, 'RELEASE')
      .replace(/[0-9a-f]{40}/g, 'COMMIT')
      .replace(/\/home\/deploy\/www\/production/g, '~')
      .slice(0, 70),
  configure(folder, fleet, app) {
    // ssh-pool runs the system's client: this one reads the fleet's configuration.
    for (const name of ['bin', 'workspace']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'bin/ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F ${fleet.sshConfig} "$@"\n`, {
      mode: 0o755,
    });
    symlinkSync(join(installed, 'node_modules'), join(folder, 'node_modules'));
    const servers = fleet.hosts.map(({ name }) => `deploy@${name}`);
    writeFileSync(join(folder, 'shipitfile.js'), recipe(servers, app, join(folder, 'workspace')));
    return { PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}` };
  },
  missing: () => (existsSync(program) ? undefined : 'npm could not install shipit-cli and shipit-deploy'),
};
