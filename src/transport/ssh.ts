import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClientChannel } from 'ssh2';
import type { Host } from '../model/host.ts';
import { StreamChannel } from './channel.ts';
import { ConnectionFailed, ConnectionLost } from './errors.ts';
import { channelsPerConnection, checkCommand } from './limits.ts';
import { OpenedAhead } from './opened-ahead.ts';
import { Slots } from './slots.ts';
import { scanHostKeys, type ScannedHost } from './ssh-scan.ts';
import type { Login } from './ssh-login.ts';
import { Router, type JumpLease, type SshOptions } from './ssh-route.ts';
import type { Channel, Connection, Transport } from './transport.ts';

/** Hosts over ssh, and a look at their host keys. */
export interface SshTransport extends Transport {
  /**
   * The host keys that a host shows, without logging in to it. Its jump hosts are logged in to, so
   * their keys must be known already. @throws ConnectionFailed when the host does not answer.
   */
  scanHostKeys(host: Host, signal: AbortSignal): Promise<ScannedHost>;
}

/**
 * Hosts over ssh: node-ssh makes the connection, commands run on the ssh2 client below it with our
 * own code. Host keys must be known, whatever the user's configuration says.
 */
export const createSshTransport = (options: SshOptions): SshTransport => {
  const router = new Router(options);
  return {
    async connect(host, signal) {
      shareable(signal);
      const { login, lease } = await router.reach(await router.route(host, signal), signal);
      return new SshConnection(host, login, lease);
    },
    async scanHostKeys(host, signal) {
      shareable(signal);
      return scanHostKeys(router, await router.route(host, signal), signal);
    },
  };
};

/** One signal cancels a whole fleet; Node would warn of a leak from the eleventh host on. */
const shareable = (signal: AbortSignal): void => setMaxListeners(0, signal);

/** How long a host that starts no further command is asked again. */
const patienceMilliseconds = 30_000;

/** How long a failed start waits for news that it is the connection that failed. */
const newsMilliseconds = 200;

/** How long a closed channel may keep its place when the server never confirms the close. */
const confirmMilliseconds = 5_000;

class SshConnection implements Connection {
  readonly host: Host;
  readonly lost: Promise<Error | undefined>;
  readonly #login: Login;
  readonly #slots = new Slots(channelsPerConnection);
  readonly #running = new Set<StreamChannel>();
  readonly #ahead = new OpenedAhead();
  #forwardAgent: boolean;
  #gone: ConnectionLost | undefined;

  constructor(host: Host, login: Login, lease: JumpLease | undefined) {
    this.host = host;
    this.#login = login;
    this.#forwardAgent = login.forwardAgent;
    this.lost = login.lost.then((reason) => {
      lease?.release();
      return reason;
    });
    void login.lost.then((reason) => this.#end(reason));
  }

  async open(command: string): Promise<Channel> {
    checkCommand(command, this.host.name);
    const opened = await this.#ahead.take(command);
    if (opened?.isOver === false) return opened;
    opened?.close();
    // What runs as another user may change what a login is given: groups, limits, login files.
    this.#ahead.drop();
    return this.#open(command);
  }

  ahead(command: string): void {
    if (!this.#ahead.isEmpty || !this.#slots.hasRoom) return;
    const opening = this.#slots.take().then((leave) =>
      this.#start(command, leave).catch((error: unknown) => {
        leave();
        throw error;
      }),
    );
    this.#ahead.put(command, opening);
  }

  async #open(command: string): Promise<Channel> {
    const leave = await this.#slots.take();
    const until = Date.now() + patienceMilliseconds;
    for (let tries = 0; ; tries += 1) {
      try {
        return await this.#start(command, leave);
      } catch (error) {
        const said = (error as Error).message;
        const refused = /Channel open failure/.test(said);
        if (refused) this.#ahead.drop();
        if (!refused) await Promise.race([this.lost, pause(newsMilliseconds)]);
        if (this.#gone !== undefined) {
          leave();
          throw this.#gone;
        }
        if (/agent forwarding/.test(said)) {
          this.#forwardAgent = false;
          continue;
        }
        // The server counts a session for a moment longer than the channel lasts, and other
        // sessions of the same login count too: what is refused now may be granted soon.
        if (!refused || Date.now() > until) {
          leave();
          throw this.#refused(said);
        }
        await pause(Math.min(500, 10 * 2 ** tries));
      }
    }
  }

  async close(): Promise<void> {
    this.#end(new ConnectionLost(`The connection to ${this.host.name} was closed here.`));
    await this.#login.close();
  }

  #end(reason: ConnectionLost | undefined): void {
    this.#gone ??= reason ?? new ConnectionLost(`The connection to ${this.host.name} was closed here.`);
    this.#slots.end(this.#gone);
    for (const channel of this.#running) channel.lost(this.#gone);
  }

  #start(command: string, leave: () => void): Promise<StreamChannel> {
    return new Promise((resolve, reject) => {
      if (this.#gone !== undefined) return reject(this.#gone);
      // Known to ssh2 and missing from its published types.
      const options = { allowHalfOpen: true, agentForward: this.#forwardAgent };
      // `exec` throws when the socket is no longer writable.
      try {
        this.#login.client.exec(command, options, (error, raw) => {
          if (error === undefined) resolve(this.#run(raw, leave));
          else reject(error);
        });
      } catch (error) {
        reject(error);
      }
    });
  }

  /** Must be called at once: the exit may be in the same packet as the confirmation. */
  #run(raw: ClientChannel, leave: () => void): StreamChannel {
    raw.on('error', () => undefined);
    const channel = new StreamChannel({
      input: raw,
      output: raw,
      errors: raw.stderr,
      release: () => {
        raw.close();
        setTimeout(leave, confirmMilliseconds).unref();
      },
    });
    this.#running.add(channel);
    raw.on('exit', (code: number | null, signal?: string) => {
      if (code !== null) channel.exited({ kind: 'exit', code });
      else channel.exited({ kind: 'signal', signal: signal ?? 'unknown' });
    });
    // Not at the close: a loss closes every channel before it is told.
    const over = (): boolean => this.#running.delete(channel);
    channel.ended.then(over, over);
    raw.on('close', () => {
      channel.closed();
      leave();
    });
    return channel;
  }

  #refused(said: string): ConnectionFailed {
    return new ConnectionFailed(
      'refused',
      /Channel open failure/.test(said)
        ? `${this.host.name} starts no further command on this connection (${this.#running.size} are running).`
        : `${this.host.name} refused to start a command: ${said}.`,
      `fabwright runs up to ${channelsPerConnection} commands at once: is MaxSessions in its sshd_config lower than that?`,
    );
  }
}
