import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import type { Server } from 'node:net';
import { dirname } from 'node:path';
import { bootHost } from './boot.ts';
import type { Surroundings } from './command.ts';
import { writeIfChanged } from './environment.ts';
import type { DemoFolder } from './folder.ts';
import { demoHosts, withPorts, type DemoHost } from './inventory.ts';
import { keyPairAt, knownHostsLine, parsedKey } from './keys.ts';
import { freePort, listen } from './ports.ts';
import { createSshHost, demoUser } from './ssh-host.ts';

/** A fleet that is up, in this process. */
export interface PlayedFleet {
  readonly hosts: readonly DemoHost[];
  /** Stops listening and drops every connection. */
  close(): void;
}

/**
 * Plays the hosts of an environment: listens on the ports that its inventory names, and writes the
 * host keys into its known_hosts. A port that another program has is replaced by a free one, in the
 * inventory, too.
 * @throws Error when the inventory names no host that can be played.
 */
export const playFleet = async (folder: DemoFolder): Promise<PlayedFleet> => {
  const inventory = await readFile(folder.inventory, 'utf8');
  const wanted = demoHosts(inventory);
  if (wanted.length === 0)
    throw new Error(`${folder.inventory} has no line of the form "NAME ansible_port=N app_port=N".`);
  // It holds a private key that lets everybody who can read it work as this user.
  await mkdir(folder.state, { recursive: true, mode: 0o700 });
  const authorized = parsedKey((await keyPairAt(folder.key, 'fabwright demo')).public);
  const played = await Promise.all(wanted.map((host) => playHost(folder, host, authorized)));
  const hosts = played.map(({ host }) => host);
  await writeIfChanged(folder.inventory, withPorts(inventory, hosts));
  await writeIfChanged(folder.knownHosts, played.map(({ knownHost }) => `${knownHost}\n`).join(''));
  return { hosts, close: () => played.forEach(({ close }) => close()) };
};

interface PlayedHost {
  readonly host: DemoHost;
  readonly knownHost: string;
  readonly close: () => void;
}

const playHost = async (
  folder: DemoFolder,
  { name, port: wantedPort, appPort: wantedAppPort }: DemoHost,
  authorized: ReturnType<typeof parsedKey>,
): Promise<PlayedHost> => {
  const home = folder.home(name);
  const isNew = !existsSync(home);
  await mkdir(home, { recursive: true });
  const keys = await keyPairAt(folder.hostKey(name), name);
  const surroundings: Surroundings = { home, environment: environmentAt(home) };
  const log = (event: string): void => logTo(folder.log, name, event);
  const server = createSshHost({ ...surroundings, hostKey: keys.private, authorized, log });
  const open = connectionsOf(server);
  const port = await listen(server, wantedPort);
  // On a host that has been there before, it is its own application that has the port.
  const appPort = isNew ? await freePort(wantedAppPort) : wantedAppPort;
  log(`up on port ${port}`);
  bootHost(surroundings, log);
  return {
    host: { name, port, appPort },
    knownHost: knownHostsLine(port, keys.public),
    close: () => {
      server.close();
      for (const drop of open) drop();
    },
  };
};

/** What commands start with, as sshd gives it; Node is "installed" on the host by its PATH. */
const environmentAt = (home: string): Readonly<Record<string, string>> => ({
  HOME: home,
  USER: demoUser,
  LOGNAME: demoUser,
  SHELL: '/bin/sh',
  PATH: [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin']
    .filter((each, index, all) => all.indexOf(each) === index)
    .join(':'),
});

/** How to drop each connection that a server has at that moment. */
export const connectionsOf = (server: Server): ReadonlySet<() => void> => {
  const open = new Set<() => void>();
  server.on('connection', (socket) => {
    const drop = (): void => void socket.destroy();
    open.add(drop);
    socket.on('close', () => open.delete(drop));
  });
  return open;
};

let writing: Promise<void> = Promise.resolve();

const logTo = (file: string, host: string, event: string): void => {
  const line = `${new Date().toISOString()} ${host} ${event}\n`;
  // One after the other: lines in the order of the events. A full disk must not end the fleet.
  writing = writing.then(() => appendFile(file, line)).catch(() => undefined);
};
