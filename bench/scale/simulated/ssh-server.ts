import { createServer, type Server as NetServer } from 'node:net';
import ssh2, { type AuthContext, type Connection, type ParsedKey, type ServerChannel } from 'ssh2';
import { runForChannel, type RunningCommand, type Surroundings } from '../../../src/demo/command.ts';
import { isSignedBy } from '../../../src/demo/keys.ts';
import { demoUser } from '../../../src/demo/ssh-host.ts';

/** Channels per connection, the default of a stock sshd (MaxSessions). */
const mostSessions = 10;

export interface SimulatedHost extends Surroundings {
  /** Its private key. */
  readonly hostKey: string;
  /** The public key that may log in. */
  readonly authorized: ParsedKey;
  readonly tally: Tally;
}

/** What one host has seen since it is up. */
export interface Tally {
  connections: number;
  logins: number;
  commands: number;
  /** Connections that ended in an error, before or after the login. */
  failures: number;
}

/**
 * Speaks SSH for one host: logins by public key, and commands. A demo host in all but one thing: the status of a
 * command goes out behind its output. A sshd of its own passes both on within a moment; a process that starts commands
 * for a thousand hosts takes seconds for that, and an output so late after the status is not waited for.
 */
export const createSimulatedHost = (host: SimulatedHost): NetServer => {
  const server = new ssh2.Server({ hostKeys: [host.hostKey] }, (client) => serve(client, host));
  return createServer({ noDelay: true }, (socket) => {
    host.tally.connections += 1;
    server.injectSocket(socket);
  });
};

const serve = (client: Connection, { authorized, tally, home, environment }: SimulatedHost): void => {
  const running = new Set<RunningCommand>();
  client.on('error', () => (tally.failures += 1));
  client.on('authentication', (context) => {
    if (mayLogIn(context, authorized)) context.accept();
    else context.reject(['publickey']);
  });
  client.on('ready', () => (tally.logins += 1));
  client.on('close', () => running.forEach((command) => command.hangUp()));
  client.on('session', (accept, reject) => {
    if (running.size >= mostSessions) return reject();
    accept().on('exec', (acceptCommand, _reject, { command: line }) => {
      tally.commands += 1;
      const channel = statusLast(acceptCommand());
      const command = runForChannel(channel, ['-c', line], { home, environment });
      running.add(command);
      channel.on('close', () => running.delete(command));
    });
  });
};

/** Keeps the status until the channel is ended, which is when both outputs have. */
const statusLast = (channel: ServerChannel): ServerChannel => {
  const exit = channel.exit.bind(channel) as (...words: readonly unknown[]) => void;
  const end = channel.end.bind(channel);
  let status: readonly unknown[] | undefined;
  channel.exit = (...words: readonly unknown[]) => void (status = words);
  channel.end = () => {
    if (status !== undefined) exit(...status);
    status = undefined;
    return end();
  };
  return channel;
};

/** Public keys only. The first question has no signature: whether this key is worth signing with. */
const mayLogIn = (context: AuthContext, authorized: ParsedKey): boolean =>
  context.username === demoUser &&
  context.method === 'publickey' &&
  context.key.data.equals(authorized.getPublicSSH()) &&
  (context.signature === undefined ||
    (context.blob !== undefined && isSignedBy(authorized, context.blob, context.signature, context.hashAlgo)));
