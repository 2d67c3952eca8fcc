import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { homedir } from 'node:os';
import type { Host } from '../model/host.ts';
import { deferred, StreamChannel } from './channel.ts';
import { ConnectionFailed, ConnectionLost } from './errors.ts';
import { channelsPerConnection, checkCommand } from './limits.ts';
import { makePipes, type Pipes } from './pipes.ts';
import { Slots } from './slots.ts';
import type { Channel, Connection, Transport } from './transport.ts';

/** What a login by ssh would find in its environment; everything else is the operator's own. */
const kept =
  /^(HOME|USER|LOGNAME|SHELL|PATH|LANG|LANGUAGE|LC_.*|TZ|TMPDIR|SSH_AUTH_SOCK|XDG_RUNTIME_DIR|DBUS_SESSION_BUS_ADDRESS)$/;

/**
 * The environment of local commands. `npx` adds its own variables and puts `node_modules/.bin`
 * first on the path; a build that saw them would differ from the same build over ssh.
 */
const cleanEnvironment = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(environment)
      .filter(([name]) => kept.test(name))
      .map(([name, value]) => [
        name,
        name === 'PATH'
          ? value
              ?.split(':')
              .filter((folder) => !/\/(node_modules\/\.bin|node-gyp-bin)\/?$/.test(folder))
              .join(':')
          : value,
      ]),
  );

interface Started {
  readonly child: ChildProcess;
  readonly pipes: Pipes;
}

class LocalConnection implements Connection {
  readonly host: Host;
  readonly lost: Promise<Error | undefined>;
  readonly #lose: (reason: Error | undefined) => void;
  readonly #slots = new Slots(channelsPerConnection);
  readonly #running = new Set<StreamChannel>();
  #closed = false;

  constructor(host: Host) {
    this.host = host;
    const { promise, resolve } = deferred<Error | undefined>();
    this.lost = promise;
    this.#lose = resolve;
  }

  async open(command: string): Promise<Channel> {
    checkCommand(command, this.host.name);
    const leave = await this.#slots.take();
    try {
      const { child, pipes } = await this.#start(command);
      const { input, output, errors } = pipes;
      const channel = new StreamChannel({
        input,
        output,
        errors,
        release: () => {
          for (const stream of [input, output, errors]) stream.destroy();
          // What goes on after its channel shall not keep this process from ending.
          child.unref();
        },
      });
      this.#running.add(channel);
      child.on('exit', (code, signal) => {
        if (code !== null) channel.exited({ kind: 'exit', code });
        else channel.exited(signal === null ? { kind: 'none' } : { kind: 'signal', signal });
      });
      let open = 2;
      const over = (): void => {
        open -= 1;
        if (open === 0) channel.closed();
      };
      output.once('close', over);
      errors.once('close', over);
      const gone = (): void => {
        this.#running.delete(channel);
        leave();
      };
      channel.ended.then(gone, gone);
      return channel;
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Nothing here is far away. */
  ahead(): void {
    return;
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      const reason = new ConnectionLost(`The connection to ${this.host.name} was closed here.`);
      this.#slots.end(reason);
      for (const channel of this.#running) {
        channel.lost(reason);
        channel.close();
      }
      this.#lose(undefined);
    }
    return Promise.resolve();
  }

  async #start(command: string): Promise<Started> {
    const pipes = await makePipes();
    try {
      const child = spawn('/bin/sh', ['-c', command], {
        cwd: homedir(),
        env: cleanEnvironment(process.env),
        stdio: [...pipes.theirs],
        // A session of its own: Ctrl-C in the terminal is for us alone, who then end remote and
        // local commands in the same way.
        detached: true,
      });
      await once(child, 'spawn');
      return { child, pipes };
    } catch (error) {
      for (const stream of [pipes.input, pipes.output, pipes.errors]) stream.destroy();
      throw new ConnectionFailed(
        'refused',
        `No command can be started on ${this.host.name} (this machine): ${words(error)}.`,
      );
    } finally {
      pipes.handOver();
    }
  }
}

const words = (error: unknown): string => (error as { code?: string }).code ?? String(error);

/**
 * Commands on this machine itself, with the same promises as over ssh: the same endings, the same
 * drain, four at a time. `connect` never fails.
 */
export const createLocalTransport = (): Transport => ({
  connect: (host) => Promise.resolve(new LocalConnection(host)),
});
