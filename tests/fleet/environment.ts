import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { EnvironmentOptions, Fleet, FleetHost } from './types.ts';

type Described = Pick<Fleet, 'keyFile' | 'knownHosts'> & {
  readonly hosts: readonly Pick<FleetHost, 'name' | 'address' | 'port' | 'user'>[];
};

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`[${title}]`, ...lines, ''];

const inventory = ({ hosts, keyFile }: Described, { groups, vars = {} }: EnvironmentOptions): string => {
  const all = groups ?? { webworkers: hosts.map(({ name }) => name) };
  const entries = hosts.map(
    ({ name, address, port, user }) =>
      `${name} ansible_host=${address} ansible_port=${port} ansible_user=${user} ansible_ssh_private_key_file=${keyFile}`,
  );
  return [
    ...entries,
    '',
    ...Object.entries(all).flatMap(([group, names]) => section(group, names)),
    ...section(
      'all:vars',
      Object.entries(vars).map(([key, value]) => `${key}=${value}`),
    ),
  ].join('\n');
};

/** Writes a fleet down as an environment folder that `fab` reads. */
export const writeEnvironment = (
  fleet: Described,
  environments: string,
  name: string,
  options: EnvironmentOptions = {},
): string => {
  const folder = join(environments, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'inventory.ini'), inventory(fleet, options));
  writeFileSync(join(folder, 'known_hosts'), fleet.knownHosts);
  writeFileSync(join(folder, 'fab-settings.yml'), stringify(options.settings ?? {}));
  return folder;
};
