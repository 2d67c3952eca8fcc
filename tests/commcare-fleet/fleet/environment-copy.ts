import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Fleet } from '../../fleet/index.ts';

/** Settings that only a run knows, on top of the folder's own. */
export type RunSettings = Readonly<Record<string, unknown>>;

/**
 * Copies an environment folder to where it is used: with the hosts' addresses in front of the inventory, their
 * keys, and settings on top. What the folder says otherwise stays as it is.
 */
export const copyEnvironment = (from: string, to: string, fleet: Fleet, settings: RunSettings): void => {
  cpSync(from, to, { recursive: true });
  const inventory = join(to, 'inventory.ini');
  const where = fleet.hosts.map(
    ({ name, address, user }) =>
      `${name} ansible_host=${address} ansible_user=${user} ansible_ssh_private_key_file=${fleet.keyFile}`,
  );
  writeFileSync(inventory, [...where, '', readFileSync(inventory, 'utf8')].join('\n'));
  writeFileSync(join(to, 'known_hosts'), fleet.knownHosts);
  const file = join(to, 'fab-settings.yml');
  writeFileSync(file, `${readFileSync(file, 'utf8')}\n${stringify(settings)}`);
};
