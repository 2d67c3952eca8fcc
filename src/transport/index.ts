import { createLocalTransport } from './local.ts';
import { createSshTransport, type SshTransport } from './ssh.ts';
import type { SshOptions } from './ssh-route.ts';

export { ConnectionFailed, ConnectionLost } from './errors.ts';
export { mergeKnownHosts, type FoundHost, type MergedKnownHosts, type PinnedKey } from './known-hosts-merge.ts';
export { createLocalTransport } from './local.ts';
export { createSshTransport, type SshTransport } from './ssh.ts';
export type { SshOptions } from './ssh-route.ts';
export type { ScannedHost, ScannedKey } from './ssh-scan.ts';
export type { Channel, Connection, Ending, Transport } from './transport.ts';

/** What every transport needs to know; see `SshOptions`. */
export type TransportOptions = SshOptions;

/** Reaches each host the way its inventory says: over ssh, or as this machine itself. */
export const createTransport = (options: TransportOptions): SshTransport => {
  const local = createLocalTransport();
  const ssh = createSshTransport(options);
  return {
    connect: (host, signal) => (host.connection === 'local' ? local : ssh).connect(host, signal),
    scanHostKeys: (host, signal) => ssh.scanHostKeys(host, signal),
  };
};
