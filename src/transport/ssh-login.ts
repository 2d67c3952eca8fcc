import type { Duplex } from 'node:stream';
import type { Config } from 'node-ssh';
import type { AnyAuthMethod, AuthHandlerMiddleware, Client } from 'ssh2';
import { deferred } from './channel.ts';
import { dropped } from './dropped.ts';
import { ConnectionFailed, ConnectionLost } from './errors.ts';
import {
  algorithmOrder,
  hostKeyRefusal,
  judge,
  knownTypes,
  type HostKeyNames,
  type KnownHostsFiles,
} from './host-keys.ts';
import type { SshSettings } from './ssh-config.ts';
import type { Keyring } from './ssh-keys.ts';
import { sshLibrary } from './ssh-library.ts';
import { cancelled, noAnswer, socketFailure, whereabouts } from './sockets.ts';

/** What one login needs besides the settings of its host. */
export interface LoginOptions {
  readonly knownHosts: KnownHostsFiles;
  readonly environmentName: string | undefined;
  readonly isJump: boolean;
  readonly forwardAgent: boolean;
  readonly keepaliveMilliseconds: number;
  readonly handshakeMilliseconds: number;
}

/** A machine we are logged in to. */
export interface Login {
  readonly settings: SshSettings;
  readonly client: Client;
  /** Whether an agent is there to be forwarded, and was asked for. */
  readonly forwardAgent: boolean;
  /** Resolves when the connection is gone, with the reason unless `close` was called. */
  readonly lost: Promise<ConnectionLost | undefined>;
  close(): Promise<void>;
}

/** The names under which known_hosts may have a machine. */
export const namesOf = (settings: SshSettings): HostKeyNames =>
  settings.hostKeyAlias === undefined
    ? { names: [...new Set([settings.hostname, settings.asked])], port: settings.port }
    : { names: [settings.hostKeyAlias], port: 22 };

/**
 * One handshake and login over a socket that is ours to give: host key first, then our keys.
 * @throws ConnectionFailed · Dropped where another try may go better.
 */
export const logIn = async (
  settings: SshSettings,
  keyring: Keyring,
  socket: Duplex,
  options: LoginOptions,
  signal: AbortSignal,
): Promise<Login> => {
  const library = await sshLibrary();
  const names = namesOf(settings);
  const algorithms = algorithmOrder(knownTypes(options.knownHosts, names), settings.hostKeyAlgorithms);
  if (algorithms.length === 0) {
    socket.destroy();
    throw new ConnectionFailed(
      'configuration',
      `HostKeyAlgorithms of ${settings.name} leaves no host key that fabwright can check.`,
    );
  }

  let stage: 'handshake' | 'login' = 'handshake';
  let refusal: ConnectionFailed | undefined;
  const attempts = keyOffers(settings, keyring);
  const config: Config = {
    sock: socket,
    username: settings.user,
    readyTimeout: options.handshakeMilliseconds,
    // ssh2 sends the pings; `watchSilence` below decides when their absence means a loss.
    keepaliveInterval: options.keepaliveMilliseconds,
    keepaliveCountMax: Number.MAX_SAFE_INTEGER,
    algorithms: { serverHostKey: algorithms },
    hostVerifier: (key: Buffer) => {
      const verdict = judge(options.knownHosts, names, key);
      if (verdict.kind === 'known') return true;
      const host = { name: settings.name, where: whereabouts(settings), isJump: options.isJump };
      refusal = hostKeyRefusal(host, key, verdict, options.environmentName);
      return false;
    },
    authHandler: attempts.handler,
    ...(keyring.agent === undefined ? {} : { agent: keyring.agent }),
  };

  const ssh = new library.NodeSSH();
  let failure: Error | undefined;
  const connecting = ssh.connect(config);
  const client = ssh.connection;
  if (client === null) return connecting.then(() => Promise.reject(new Error('unreachable')));
  // node-ssh removes its own listener once connected; from then on an error event would end the
  // process. This one stays for the life of the client.
  client.on('error', (error) => (failure ??= error));
  client.on('handshake', () => (stage = 'login'));
  let greeting = '';
  socket.once('data', (chunk: Buffer) => (greeting = chunk.subarray(0, 200).toString('latin1')));
  const abort = (): void => {
    socket.destroy();
    client.emit('error', cancelled(settings.name));
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (signal.aborted) abort();
    await connecting;
  } catch (error) {
    socket.destroy();
    if (refusal !== undefined) throw refusal;
    const told = { error: (failure ?? error) as LibraryError, stage, greeting, offers: attempts };
    throw explain(settings, told, options.handshakeMilliseconds);
  } finally {
    signal.removeEventListener('abort', abort);
  }
  return established(settings, client, socket, options, options.forwardAgent && keyring.agent !== undefined);
};

/** A logged-in client, watched until it is gone. */
const established = (
  settings: SshSettings,
  client: Client,
  socket: Duplex,
  options: LoginOptions,
  forwardAgent: boolean,
): Login => {
  const { promise: lost, resolve } = deferred<ConnectionLost | undefined>();
  const { promise: closed, resolve: closeDone } = deferred<void>();
  let closing = false;
  const lose = (why: string): void => {
    unwatch();
    resolve(closing ? undefined : new ConnectionLost(`The connection to ${settings.name} was lost: ${why}.`));
    socket.destroy();
  };
  const unwatch = watchSilence(socket, options.keepaliveMilliseconds, () =>
    lose(`it stopped answering (nothing heard for ${(options.keepaliveMilliseconds * silences) / 1000} s)`),
  );
  client.on('error', (error: LibraryError) => lose(wordsOfLoss(error)));
  client.on('end', () => lose('the other side closed it'));
  client.on('close', () => {
    lose('the other side closed it');
    closeDone();
  });
  return {
    settings,
    client,
    forwardAgent,
    lost,
    async close() {
      closing = true;
      client.end();
      // A peer that is gone does not answer the goodbye.
      const timer = setTimeout(() => {
        socket.destroy();
        closeDone();
      }, 1_000);
      await closed;
      clearTimeout(timer);
      unwatch();
      resolve(undefined);
    },
  };
};

/** Keepalives without anything heard before the connection counts as lost (3 s × 3, plus the one on its way). */
const silences = 4;

/**
 * Calls `silent` when nothing at all arrived during `silences` intervals. Any byte counts, not
 * only an answer to a keepalive: on a slow line those wait behind the data. Intervals are counted
 * instead of clock time, so that a controller that was busy or asleep does not blame the host.
 */
const watchSilence = (socket: Duplex, milliseconds: number, silent: () => void): (() => void) => {
  let missed = 0;
  const heard = (): void => void (missed = 0);
  socket.on('data', heard);
  const timer = setInterval(() => {
    missed += 1;
    if (missed >= silences) silent();
  }, milliseconds);
  return () => {
    clearInterval(timer);
    socket.off('data', heard);
  };
};

interface Offers {
  readonly handler: AuthHandlerMiddleware;
  /** What the server has seen so far. */
  readonly offered: string[];
  readonly keyring: Keyring;
  /** The methods that the server would still take, once it has said so. */
  accepts: readonly string[] | undefined;
  partial: boolean;
}

/** Offers one key after the other and keeps record, for the sentence that a failed login needs. */
const keyOffers = (settings: SshSettings, keyring: Keyring): Offers => {
  const left = [...keyring.candidates];
  const offers: Offers = {
    offered: [],
    keyring,
    accepts: undefined,
    partial: false,
    handler: (accepts: readonly string[] | null, partial: boolean | null, next) => {
      offers.accepts = accepts ?? offers.accepts;
      offers.partial ||= partial === true;
      // The published type leaves out `false`, which means that there is nothing more to offer.
      const answer = next as (method: AnyAuthMethod | false) => void;
      const candidate = left.shift();
      if (candidate !== undefined) {
        offers.offered.push(candidate.label);
        answer(candidate.method);
      } else if (offers.accepts === undefined) {
        // Without any key, ask what the server takes; some networks log people in without one.
        offers.accepts = [];
        answer({ type: 'none', username: settings.user });
      } else answer(false);
    },
  };
  return offers;
};

interface LibraryError extends Error {
  readonly level?: string;
  readonly code?: string | number;
}

const wordsOfLoss = (error: LibraryError): string =>
  error.code === 'ECONNRESET' || error.code === 'EPIPE'
    ? 'it was reset'
    : error.code === 'ETIMEDOUT' || error.code === 'EHOSTUNREACH'
      ? `it stopped answering (${error.code})`
      : error.message;

/** Makes a sentence of what the library said. */
const explain = (
  settings: SshSettings,
  told: {
    readonly error: LibraryError;
    readonly stage: 'handshake' | 'login';
    readonly greeting: string;
    readonly offers: Offers;
  },
  milliseconds: number,
): Error => {
  const { error, stage, greeting, offers } = told;
  const where = whereabouts(settings);
  if (error.name === 'ConnectionFailed') return error;
  if (error.level === 'client-timeout')
    return stage === 'handshake'
      ? noAnswer(settings, milliseconds)
      : new ConnectionFailed('timeout', `${where} did not finish the login within ${milliseconds / 1000} s.`);
  if (error.level === 'agent')
    return new ConnectionFailed(
      'auth',
      `The ssh agent would not sign for ${settings.user}@${where} with ${offers.offered.at(-1) ?? 'its key'}.`,
      'Look at: ssh-add -l',
    );
  if (stage === 'login') return loginFailure(settings, error, offers);
  if (error.level === 'handshake') {
    const missing = /no matching (.*)/.exec(error.message)?.[1];
    return new ConnectionFailed(
      'handshake',
      missing === undefined
        ? `The ssh handshake with ${where} failed: ${error.message}.`
        : `${where} and fabwright have no ${missing} in common.`,
      missing === undefined
        ? undefined
        : 'Allow curve25519-sha256, ssh-ed25519 and aes128-gcm@openssh.com in its sshd_config.',
    );
  }
  if (greeting !== '' && !sshGreeting.test(greeting))
    return new ConnectionFailed('handshake', `What listens on port ${settings.port} of ${where} does not speak ssh.`);
  if (error.level === 'client-socket') return socketFailure(settings, error);
  return dropped(where);
};

/** What an sshd says first: its version, or why it will not listen now. */
const sshGreeting = /SSH-|MaxStartups|Not allowed at this time/;

const whyUnusable = {
  passphrase: 'has a passphrase and is in no agent',
  missing: 'does not exist',
  unreadable: 'cannot be read',
  'security-key': 'is a security key, which only OpenSSH’s own client can use',
  format: 'is no private key that fabwright understands',
} as const;

/** Who was refused where, with which keys, which keys could not be offered, and what to do. */
const loginFailure = (settings: SshSettings, error: LibraryError, offers: Offers): ConnectionFailed => {
  const { offered, keyring, accepts = [], partial } = offers;
  const who = `${settings.user}@${settings.hostname}:${settings.port}`;
  const place = settings.hostname === settings.name ? '' : ` of ${settings.name}`;
  const shown = offered.length === 0 ? 'there was no key to offer' : `it was offered ${offered.join(', ')}`;
  const sentences = [
    partial
      ? `The login ${who}${place} needs more than a key (${accepts.join(', ')}), which fabwright cannot answer.`
      : `The login ${who}${place} was refused: ${shown}.`,
    ...keyring.unusable.map(({ file, why }) => `${file} ${whyUnusable[why]}.`),
    ...(keyring.silentAgent === undefined ? [] : [`The ssh agent at ${keyring.silentAgent} does not answer.`]),
    ...(!partial && accepts.length > 0 && !accepts.includes('publickey')
      ? [`It takes only ${accepts.join(', ')}.`]
      : []),
  ];
  const locked = keyring.unusable.filter(({ why }) => why === 'passphrase').map(({ file }) => file);
  const hint =
    locked.length > 0
      ? `Load it into ssh-agent: ${process.env['SSH_AUTH_SOCK'] === undefined ? 'eval "$(ssh-agent)" && ' : ''}ssh-add ${locked.join(' ')}`
      : /too many/i.test(error.message)
        ? 'It was offered too many keys: name the right one with ansible_ssh_private_key_file, or set IdentitiesOnly.'
        : `Put your public key into ~${settings.user}/.ssh/authorized_keys there, or name another user or key in the inventory.`;
  return new ConnectionFailed('auth', sentences.join(' '), hint);
};
