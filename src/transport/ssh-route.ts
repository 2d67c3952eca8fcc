import { setTimeout as pause } from 'node:timers/promises';
import type { Duplex } from 'node:stream';
import type { Host } from '../model/host.ts';
import { Dropped } from './dropped.ts';
import { ConnectionFailed } from './errors.ts';
import type { KnownHost } from './known-hosts.ts';
import { readKnownHosts, type KnownHostsFiles } from './host-keys.ts';
import { Slots } from './slots.ts';
import { askSsh, questionOf, questionOfJump, type SshProgram, type SshSettings } from './ssh-config.ts';
import { SshAnswers } from './ssh-answers.ts';
import { gatherKeys } from './ssh-keys.ts';
import { sshLibrary } from './ssh-library.ts';
import { logIn, type Login } from './ssh-login.ts';
import { cancelled, openSocket, whereabouts } from './sockets.ts';

/** How the ssh transport behaves; every figure has a default. */
export interface SshOptions extends SshProgram {
  readonly knownHostsFiles: {
    /** The environment's own file, asked first; it need not exist. */
    readonly pinned: string;
    /** Whether the user's and the machine's files are asked as well. */
    readonly user: boolean;
  };
  /** For hints: `fab <environmentName> known_hosts …`. */
  readonly environmentName?: string;
  /** Between two keepalives, 3 by default; a host is lost after four silent ones. */
  readonly keepaliveSeconds?: number;
  /** For the TCP connection, and once more for handshake and login; 20 by default. */
  readonly handshakeSeconds?: number;
  /** Lends the operator's agent to the hosts. Only for `code_delivery: pull`, or when asked for. */
  readonly forwardAgent?: boolean;
}

/** Handshakes going on at once through one jump host; a stock sshd drops them from 10 on. */
const handshakesThroughJump = 8;

/** A dropped handshake is tried this many times more. */
const moreTries = 4;

/** More jumps than this are a circle in the configuration. */
const longestChain = 8;

/** The target and the jump hosts before it, the one nearest to us first. */
export interface Route {
  readonly target: SshSettings;
  readonly jumps: readonly SshSettings[];
}

/** A jump host that others share, and how to let go of it. */
export interface JumpLease {
  readonly login: Login;
  readonly handshakes: Slots;
  release(): void;
}

interface SharedJump {
  users: number;
  readonly controller: AbortController;
  readonly login: Promise<Login>;
  readonly handshakes: Slots;
}

/** A connection to a host, and the jump it hangs on. */
export interface RoutedLogin {
  readonly login: Login;
  readonly lease: JumpLease | undefined;
}

/**
 * Finds the way to a host and goes it. One jump host is logged in to once for all hosts behind it,
 * and left when the last of them is.
 */
export class Router {
  readonly #options: SshOptions;
  readonly #jumps = new Map<string, SharedJump>();
  readonly #knownHosts = new Map<string, Promise<readonly KnownHost[]>>();
  readonly #answers: SshAnswers;

  constructor(options: SshOptions) {
    this.#options = options;
    this.#answers = new SshAnswers(options.configFile);
  }

  /**
   * The way to a host. A jump host's own ProxyJump is followed for the first of a chain, as ssh
   * does; one that names itself is passed over.
   * @throws ConnectionFailed 'configuration'
   */
  async route(host: Host, signal: AbortSignal): Promise<Route> {
    const target = await askSsh(questionOf(host), this.#options, signal, this.#answers);
    return { target, jumps: await this.#jumpsOf(target, [], signal) };
  }

  /** Logs in to a host, through its jump hosts. @throws ConnectionFailed */
  async reach({ target, jumps }: Route, signal: AbortSignal): Promise<RoutedLogin> {
    const lease = await this.borrow(jumps, signal);
    try {
      return { lease, login: await this.#logIn(target, lease, false, signal) };
    } catch (error) {
      lease?.release();
      throw error;
    }
  }

  /** The last of these jump hosts, logged in, or undefined for none. @throws ConnectionFailed */
  async borrow(jumps: readonly SshSettings[], signal: AbortSignal): Promise<JumpLease | undefined> {
    const last = jumps.at(-1);
    if (last === undefined) return undefined;
    const id = jumps.map(({ user, hostname, port }) => `${user}@${hostname}:${port}`).join(' ');
    const shared = this.#jumps.get(id) ?? this.#share(id, last, jumps.slice(0, -1));
    shared.users += 1;
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      shared.users -= 1;
      if (shared.users > 0) return;
      if (this.#jumps.get(id) === shared) this.#jumps.delete(id);
      shared.controller.abort();
      shared.login.then((login) => login.close()).catch(() => undefined);
    };
    try {
      const login = await orCancelled(shared.login, signal, last.name);
      return { login, handshakes: shared.handshakes, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** A stream to where the settings point, over TCP or through a jump. @throws ConnectionFailed */
  async dial(settings: SshSettings, lease: JumpLease | undefined, signal: AbortSignal): Promise<Duplex> {
    const milliseconds = (settings.connectSeconds ?? this.#options.handshakeSeconds ?? 20) * 1000;
    return lease === undefined
      ? openSocket(settings, milliseconds, signal)
      : forward(lease.login, settings, milliseconds, signal);
  }

  /** Runs `attempt`, again after a pause while the server drops it. @throws ConnectionFailed */
  async retrying<Value>(name: string, signal: AbortSignal, attempt: () => Promise<Value>): Promise<Value> {
    for (let tries = 0; ; tries += 1) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof Dropped)) throw error;
        if (tries === moreTries) throw error.failure;
        // Jitter, so that hosts behind one jump do not come back all at once.
        const milliseconds = 250 * 2 ** tries * (0.5 + Math.random());
        await pause(milliseconds, undefined, { signal }).catch(() => Promise.reject(cancelled(name)));
      }
    }
  }

  /** The known_hosts entries that may speak about a machine, the environment's own first. */
  knownHosts(settings: SshSettings): Promise<KnownHostsFiles> {
    const { pinned, user } = this.#options.knownHostsFiles;
    const files = [pinned, ...(user ? settings.knownHostsFiles : [])];
    return Promise.all(
      files.map((file) => {
        const entries = this.#knownHosts.get(file) ?? readKnownHosts(file);
        this.#knownHosts.set(file, entries);
        return entries;
      }),
    );
  }

  async #jumpsOf(
    settings: SshSettings,
    above: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly SshSettings[]> {
    if (above.length >= longestChain)
      throw new ConnectionFailed('configuration', `ProxyJump goes in a circle: ${[...above].reverse().join(', ')}.`);
    const [nearest, ...others] = await Promise.all(
      settings.jumps.map((word) => askSsh(questionOfJump(word), this.#options, signal, this.#answers)),
    );
    if (nearest === undefined || (others.length === 0 && isSame(nearest, settings))) return [];
    return [...(await this.#jumpsOf(nearest, [...above, settings.name], signal)), nearest, ...others];
  }

  #share(id: string, last: SshSettings, before: readonly SshSettings[]): SharedJump {
    const controller = new AbortController();
    const connect = async (): Promise<Login> => {
      const lease = await this.borrow(before, controller.signal);
      try {
        const login = await this.#logIn(last, lease, true, controller.signal);
        void login.lost.then(() => lease?.release());
        return login;
      } catch (error) {
        lease?.release();
        throw error;
      }
    };
    const login = connect();
    const shared: SharedJump = { users: 0, controller, login, handshakes: new Slots(handshakesThroughJump) };
    this.#jumps.set(id, shared);
    // A jump host that failed or was lost is not lent out again; the next host tries anew.
    const forget = (): void => {
      if (this.#jumps.get(id) === shared) this.#jumps.delete(id);
    };
    login.then(({ lost }) => lost.then(forget), forget);
    return shared;
  }

  async #logIn(
    settings: SshSettings,
    lease: JumpLease | undefined,
    isJump: boolean,
    signal: AbortSignal,
  ): Promise<Login> {
    const [knownHosts, keyring] = await Promise.all([
      this.knownHosts(settings),
      sshLibrary().then((library) => gatherKeys(settings, library)),
    ]);
    const options = {
      knownHosts,
      isJump,
      environmentName: this.#options.environmentName,
      forwardAgent: !isJump && this.#options.forwardAgent === true,
      keepaliveMilliseconds: (this.#options.keepaliveSeconds ?? 3) * 1000,
      handshakeMilliseconds: (this.#options.handshakeSeconds ?? 20) * 1000,
    };
    return this.retrying(settings.name, signal, async () => {
      const leave = await lease?.handshakes.take();
      try {
        return await logIn(settings, keyring, await this.dial(settings, lease, signal), options, signal);
      } finally {
        leave?.();
      }
    });
  }
}

const isSame = (one: SshSettings, other: SshSettings): boolean =>
  one.hostname === other.hostname && one.port === other.port;

const orCancelled = <Value>(promise: Promise<Value>, signal: AbortSignal, name: string): Promise<Value> =>
  new Promise((resolve, reject) => {
    const abort = (): void => reject(cancelled(name));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });

/** A stream from a jump host on to the next machine. */
const forward = (via: Login, settings: SshSettings, milliseconds: number, signal: AbortSignal): Promise<Duplex> =>
  new Promise((resolve, reject) => {
    const where = whereabouts(settings);
    const through = `through the jump host ${via.settings.name}`;
    const timer = setTimeout(
      () =>
        finish(() =>
          reject(
            new ConnectionFailed('timeout', `${where} did not answer within ${milliseconds / 1000} s, ${through}.`),
          ),
        ),
      milliseconds,
    );
    const abort = (): void => finish(() => reject(cancelled(settings.name)));
    let over = false;
    const finish = (settle: () => void): void => {
      over = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      settle();
    };
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    void via.lost.then(() => finish(() => reject(jumpGone(via, where))));
    try {
      via.client.forwardOut('127.0.0.1', 0, settings.hostname, settings.port, (error, channel) => {
        if (error !== undefined) return finish(() => reject(forwardFailure(via, where, error)));
        // For the channel's whole life: an error event without a listener would end the process.
        channel.on('error', () => undefined);
        if (over) channel.destroy();
        finish(() => resolve(channel));
      });
    } catch {
      finish(() => reject(jumpGone(via, where)));
    }
  });

const jumpGone = (via: Login, where: string): ConnectionFailed =>
  new ConnectionFailed('refused', `The jump host ${via.settings.name} was lost before ${where} was reached.`);

const forwardFailure = (via: Login, where: string, error: Error): ConnectionFailed => {
  const { reason } = error as { reason?: unknown };
  const said = error.message.replace(/^\(SSH\) Channel open failure: /, '');
  if (reason === 1 || reason === 'ADMINISTRATIVELY_PROHIBITED')
    return new ConnectionFailed(
      'refused',
      `The jump host ${via.settings.name} does not forward to ${where} (${said}).`,
      'Allow it there: AllowTcpForwarding, PermitOpen in its sshd_config.',
    );
  const kind = /timed out/i.test(said)
    ? 'timeout'
    : /resol|not known|unknown|no route/i.test(said)
      ? 'address'
      : 'refused';
  return new ConnectionFailed(kind, `The jump host ${via.settings.name} cannot reach ${where}: ${said}.`);
};
