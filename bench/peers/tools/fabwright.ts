import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { buildLine, keptReleases, sharedDirectory, sharedFile } from '../work.ts';
import type { Place, Tool } from './tool.ts';

const packageFile = fileURLToPath(new URL('../../../package.json', import.meta.url));

const writeEnvironment = ({ folder, hosts, keyFile, knownHosts, url, root }: Place): void => {
  const environment = join(folder, 'environments/bench');
  mkdirSync(environment, { recursive: true });
  const lines = hosts.map(
    ({ name, address, port, user }) =>
      `${name} ansible_host=${address} ansible_port=${port} ansible_user=${user} ansible_ssh_private_key_file=${keyFile}\n`,
  );
  writeFileSync(join(environment, 'inventory.ini'), `[app]\n${lines.join('')}`);
  writeFileSync(join(environment, 'known_hosts'), knownHosts);
  const settings = {
    fabfile: 'packaged',
    code_repo: url,
    root,
    shared_paths: [`${sharedDirectory}/`, sharedFile],
    build: [buildLine],
    keep_releases: keptReleases,
  };
  writeFileSync(join(environment, 'fab-settings.yml'), stringify(settings));
};

/** This project, as it is built; `program` is its dist/cli/bin.js. */
export const fabwright = (program: string): Tool => ({
  name: 'fabwright',
  title: 'fabwright, every check on',
  records: { revision: '.fab/release.json', log: '.fab/history.jsonl', own: ['.fab'] },
  version: () => (JSON.parse(readFileSync(packageFile, 'utf8')) as { readonly version: string }).version,
  prepare(place) {
    writeEnvironment(place);
    return () => ({
      program: process.execPath,
      words: [program, 'bench', 'deploy', '--yes'],
      env: {
        XDG_CACHE_HOME: join(place.folder, 'cache'),
        XDG_STATE_HOME: join(place.folder, 'state'),
        NODE_OPTIONS: '',
      },
    });
  },
});
