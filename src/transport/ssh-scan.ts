import type { Duplex } from 'node:stream';
import type { Algorithms, Client } from 'ssh2';
import { dropped } from './dropped.ts';
import { ConnectionFailed } from './errors.ts';
import type { HostKeyAlgorithm } from './host-keys.ts';
import { fingerprint, keyType, knownHostsName } from './known-hosts.ts';
import { sshLibrary } from './ssh-library.ts';
import { namesOf } from './ssh-login.ts';
import type { Route, Router } from './ssh-route.ts';
import { cancelled, whereabouts } from './sockets.ts';
import type { SshSettings } from './ssh-config.ts';

/** One host key that a host showed. */
export interface ScannedKey {
  readonly type: string;
  /** The public key in base64, as known_hosts has it. */
  readonly key: string;
  /** `SHA256:…` */
  readonly fingerprint: string;
}

/** What a host showed, and how known_hosts writes it. */
export interface ScannedHost {
  readonly name: string;
  readonly keys: readonly ScannedKey[];
}

const kinds: readonly (readonly HostKeyAlgorithm[])[] = [
  ['ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
  ['rsa-sha2-512', 'rsa-sha2-256'],
];

/**
 * Asks a host for its ed25519, its ecdsa and its rsa key, each in a handshake that ends before the
 * login. @throws ConnectionFailed when it cannot be reached, or shows none of them.
 */
export const scanHostKeys = async (
  router: Router,
  { target, jumps }: Route,
  signal: AbortSignal,
): Promise<ScannedHost> => {
  const { ssh2 } = await sshLibrary();
  const lease = await router.borrow(jumps, signal);
  const keys: ScannedKey[] = [];
  try {
    for (const algorithms of kinds) {
      const key = await router.retrying(target.name, signal, async () => {
        const leave = await lease?.handshakes.take();
        try {
          return await askFor(new ssh2.Client(), target, await router.dial(target, lease, signal), algorithms, signal);
        } finally {
          leave?.();
        }
      });
      if (key !== undefined)
        keys.push({ type: keyType(key), key: key.toString('base64'), fingerprint: fingerprint(key) });
    }
  } finally {
    lease?.release();
  }
  if (keys.length === 0)
    throw new ConnectionFailed('host-key', `${whereabouts(target)} shows no host key that fabwright can check.`);
  const { names, port } = namesOf(target);
  return { name: knownHostsName(names[0] ?? target.hostname, port), keys };
};

const scanMilliseconds = 20_000;

/** The key, undefined when the host has none of this kind. */
const askFor = (
  client: Client,
  settings: SshSettings,
  socket: Duplex,
  algorithms: readonly HostKeyAlgorithm[],
  signal: AbortSignal,
): Promise<Buffer | undefined> =>
  new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      signal.removeEventListener('abort', abort);
      socket.destroy();
      settle();
    };
    const abort = (): void => finish(() => reject(cancelled(settings.name)));
    signal.addEventListener('abort', abort, { once: true });
    const drop = (): void => finish(() => reject(dropped(whereabouts(settings))));
    client.on('error', (error) => {
      if (/no matching host key/.test(error.message)) finish(() => resolve(undefined));
      else drop();
    });
    client.on('close', drop);
    client.connect({
      sock: socket,
      username: settings.user,
      readyTimeout: scanMilliseconds,
      algorithms: { serverHostKey: [...algorithms] satisfies Algorithms['serverHostKey'] },
      hostVerifier: (key: Buffer) => {
        const copy = Buffer.from(key);
        finish(() => resolve(copy));
        return false;
      },
    });
  });
