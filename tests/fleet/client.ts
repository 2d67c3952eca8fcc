import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FleetState, HostState } from './state.ts';

/** What the system's ssh client needs to reach a fleet. */
export const clientFiles = (folder: string): { readonly keyFile: string; readonly sshConfig: string } => ({
  keyFile: join(folder, 'id_ed25519'),
  sshConfig: join(folder, 'ssh_config'),
});

const knownHost = ({ address, port, folder }: HostState): string => {
  const [type = '', key = ''] = readFileSync(join(folder, 'host_key.pub'), 'utf8').split(' ');
  return `${port === 22 ? address : `[${address}]:${port}`} ${type} ${key}\n`;
};

export const knownHosts = (hosts: readonly HostState[]): string => hosts.map(knownHost).join('');

const section = (folder: string, { name, address, port, user }: HostState): string => `Host ${name}
  HostName ${address}
  Port ${port}
  User ${user}
  IdentityFile ${clientFiles(folder).keyFile}
  IdentitiesOnly yes
  UserKnownHostsFile ${join(folder, 'known_hosts')}
  StrictHostKeyChecking yes
`;

export const writeClientFiles = ({ folder, hosts }: FleetState): void => {
  writeFileSync(join(folder, 'known_hosts'), knownHosts(hosts));
  writeFileSync(clientFiles(folder).sshConfig, hosts.map((host) => section(folder, host)).join('\n'));
};
