import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { knownHostsLine, newKeyPair, parsedKey } from '../../../src/demo/keys.ts';
import { connectionsOf } from '../../../src/demo/play.ts';
import { listen } from '../../../src/demo/ports.ts';
import { demoUser } from '../../../src/demo/ssh-host.ts';
import { createSimulatedHost, type Tally } from './ssh-server.ts';

/** What the process is to play. */
export interface Stage {
  /** Holds every host's home. */
  readonly folder: string;
  /** How many, and the number of the first of them. */
  readonly hosts: number;
  readonly first: number;
  /** The public key that logs in everywhere. */
  readonly authorized: string;
}

/** Where one of the hosts is. */
export interface PlayedHost {
  readonly name: string;
  readonly port: number;
  readonly knownHost: string;
}

/** Hosts that are up in this process. */
export interface Playing {
  readonly hosts: readonly PlayedHost[];
  readonly tallies: readonly Tally[];
  /** Stops listening and drops every connection; what ran on the hosts loses its input, and ends. */
  close(): void;
}

/**
 * Plays hosts: each a port, a key, a home and an SSH server of its own in this one process, with the commands really
 * run below its home. What a host of its own would have besides (processors, a disk, a sshd per connection) they share.
 */
export const playHosts = async ({ folder, hosts, first, authorized }: Stage): Promise<Playing> => {
  const key = parsedKey(authorized);
  const up = await Promise.all(
    Array.from({ length: hosts }, (_, index) => playHost(folder, `sim${first + index}`, key)),
  );
  return {
    hosts: up.map(({ host }) => host),
    tallies: up.map(({ tally }) => tally),
    close: () => up.forEach(({ close }) => close()),
  };
};

const playHost = async (folder: string, name: string, authorized: ReturnType<typeof parsedKey>) => {
  const home = join(folder, name);
  mkdirSync(home, { recursive: true });
  const { private: hostKey, public: publicKey } = newKeyPair(name);
  const tally: Tally = { connections: 0, logins: 0, commands: 0 };
  const server = createSimulatedHost({ home, environment: environmentAt(home), hostKey, authorized }, tally);
  const open = connectionsOf(server);
  const port = await listen(server, 0);
  const close = (): void => {
    server.close();
    for (const drop of open) drop();
  };
  return { host: { name, port, knownHost: knownHostsLine(port, publicKey) }, tally, close };
};

const environmentAt = (home: string): Readonly<Record<string, string>> => ({
  HOME: home,
  USER: demoUser,
  LOGNAME: demoUser,
  SHELL: '/bin/sh',
  PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`,
});
