import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildLine, keptReleases, sharedDirectory, sharedFile } from '../work.ts';
import type { Place, Tool } from './tool.ts';

const installed = fileURLToPath(new URL('../../../.cache/faults/shipit', import.meta.url));
const program = join(installed, 'node_modules/.bin/shipit');
const manifest = join(installed, 'node_modules/shipit-cli/package.json');

const recipe = ({ hosts, url, root, folder }: Place): string => `module.exports = (shipit) => {
  require('shipit-deploy')(shipit);
  const { registerTask } = require('shipit-utils');
  shipit.initConfig({
    default: {
      deployTo: '${root}',
      repositoryUrl: '${url}',
      branch: 'master',
      workspace: '${folder}/workspace',
      keepReleases: ${keptReleases},
      shallowClone: false,
      ignores: ['.git'],
    },
    production: { servers: ${JSON.stringify(hosts.map(({ name, user }) => `${user}@${name}`))} },
  });
  const inRelease = (line) => shipit.remote('cd ' + shipit.releasePath + ' && ' + line);
  shipit.blTask('shared', () => inRelease(
    'rm -rf ${sharedDirectory} ${sharedFile} && mkdir -p config && ln -s ${root}/shared/${sharedDirectory} ${sharedDirectory} && ln -s ${root}/shared/${sharedFile} ${sharedFile}',
  ));
  shipit.blTask('build', () => inRelease('${buildLine}'));
  shipit.blTask('log', () => inRelease('echo "$(date -u +%FT%TZ) $(cat REVISION) deployed" >>${root}/revisions.log'));
  registerTask(shipit, 'deploy', [
    'deploy:init', 'deploy:fetch', 'deploy:update', 'shared', 'build', 'deploy:publish', 'log', 'deploy:clean', 'deploy:finish',
  ]);
};
`;

/** Shipit from npm: the controller checks out, rsync brings it to every host. */
export const shipit: Tool = {
  name: 'shipit',
  title: 'Shipit',
  records: { revision: 'REVISION', log: 'revisions.log' },
  version: () =>
    existsSync(program)
      ? (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string }).version
      : undefined,
  prepare(place) {
    const { folder, sshConfig } = place;
    for (const name of ['bin', 'workspace']) mkdirSync(join(folder, name));
    // It runs the system's client by its name: this one reads the fleet's configuration.
    const client = `#!/bin/sh\nexec /usr/bin/ssh -F ${sshConfig} "$@"\n`;
    writeFileSync(join(folder, 'bin/ssh'), client, { mode: 0o755 });
    symlinkSync(join(installed, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'shipitfile.js'), recipe(place));
    return () => ({
      program,
      words: ['production', 'deploy'],
      env: { PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}` },
    });
  },
};
