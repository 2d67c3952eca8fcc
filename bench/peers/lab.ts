import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startFleet, type Fleet, type FleetHost } from '../../tests/fleet/index.ts';
import { Cgroup } from '../measure/cgroup.ts';
import { MeasuredHosts } from '../measure/hosts.ts';
import type { Repository } from './repository.ts';
import { startService } from './service.ts';
import type { Place, Reached, Tool } from './tools/tool.ts';
import { rootOf, sharedDirectory, sharedFile, sharedText, user } from './work.ts';

/** A fleet whose hosts fetch from this machine, perhaps from afar, and everything that is counted about it. */
export interface Lab {
  readonly fleet: Fleet;
  readonly hosts: MeasuredHosts;
  /** CPU seconds of what serves the repository and lengthens the way. */
  servicesCpu(): number;
  /** The tool's root on every host, empty but for what is shared, and its folder here, empty: whatever was there is gone. */
  place(tool: Tool): Promise<Place>;
  stop(): Promise<void>;
}

const uid = 2000;

/** Host keys for other addresses, in the hosts' order. */
const knownAt = (knownHosts: string, hosts: readonly Reached[]): string =>
  knownHosts
    .trimEnd()
    .split('\n')
    .map((line, index) => {
      const { address = '', port = 22 } = hosts[index] ?? {};
      return `${port === 22 ? address : `[${address}]:${port}`} ${line.split(' ').slice(1).join(' ')}\n`;
    })
    .join('');

const clientConfig = (hosts: readonly Reached[], keyFile: string, knownHostsFile: string): string =>
  hosts
    .map(
      ({ name, address, port, user: login }) => `Host ${name}
  HostName ${address}
  Port ${port}
  User ${login}
  IdentityFile ${keyFile}
  IdentitiesOnly yes
  UserKnownHostsFile ${knownHostsFile}
  StrictHostKeyChecking yes
`,
    )
    .join('\n');

const reach = async (fleet: Fleet, services: Cgroup, roundTrip: number): Promise<readonly Reached[]> => {
  if (roundTrip === 0) return fleet.hosts;
  const targets = fleet.hosts.map(({ address, port }) => `${address}:${port}`);
  const ports = (await startService(services, 'relay', [String(roundTrip), ...targets])) as readonly number[];
  return fleet.hosts.map(({ name, user: login }, index) => ({
    name,
    address: '127.0.0.1',
    port: ports[index] ?? 0,
    user: login,
  }));
};

const prepareRoot = async (host: FleetHost, root: string): Promise<void> => {
  const { code, stderr } = await host.exec(`set -e
rm -rf ${root}
mkdir -p ${root}/shared/${sharedDirectory} ${root}/shared/$(dirname ${sharedFile}) ${root}/releases
printf '%s' '${sharedText.trim()}' >${root}/shared/${sharedFile}
chown -R ${user}: /home/${user}/www`);
  if (code !== 0) throw new Error(`${host.name}: ${stderr}`);
};

/** Brings up so many hosts in `folder`, at this round trip in milliseconds. */
export const openLab = async (
  folder: string,
  { hosts: count, roundTrip }: { readonly hosts: number; readonly roundTrip: number },
  repository: Repository,
): Promise<Lab> => {
  mkdirSync(folder, { recursive: true });
  const fleet = await startFleet({ kind: 'namespaces', hosts: count, users: [{ name: user, uid }] });
  const services = new Cgroup('services');
  const hosts = new MeasuredHosts(fleet);
  const stop = async (): Promise<void> => {
    await services.remove();
    await hosts.remove();
    await fleet.stop();
  };
  try {
    const port = (await startService(services, 'git-server', [
      fleet.controller,
      join(repository.folder, '..'),
    ])) as number;
    const reached = await reach(fleet, services, roundTrip);
    const [sshConfig, knownHostsFile] = [join(folder, 'ssh_config'), join(folder, 'known_hosts')];
    const knownHosts = knownAt(fleet.knownHosts, reached);
    writeFileSync(knownHostsFile, knownHosts);
    writeFileSync(sshConfig, clientConfig(reached, fleet.keyFile, knownHostsFile));
    return {
      fleet,
      hosts,
      servicesCpu: () => services.cpuSeconds(),
      place: async (tool) => {
        const [root, own] = [rootOf(tool.name), join(folder, tool.name)];
        rmSync(own, { recursive: true, force: true });
        mkdirSync(own);
        await Promise.all(fleet.hosts.map((host) => prepareRoot(host, root)));
        const url = `git://${fleet.controller}:${port}/${repository.folder.split('/').at(-1) ?? ''}`;
        return {
          folder: own,
          hosts: reached,
          sshConfig,
          keyFile: fleet.keyFile,
          knownHosts,
          url,
          root,
        };
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
