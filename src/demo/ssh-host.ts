import { createServer, type Server as NetServer } from 'node:net';
import ssh2, { type AuthContext, type Connection, type ParsedKey, type ServerChannel, type Session } from 'ssh2';
import { isSignedBy } from './keys.ts';
import { runForChannel, type RunningCommand, type Surroundings } from './command.ts';

/** The only user name that a demo host knows. Commands run as whoever started the fleet. */
export const demoUser = 'demo';

/** Channels per connection, the default of a stock sshd (MaxSessions). */
const mostSessions = 10;

/** What one host of the fleet is made of. */
export interface SshHostOptions extends Surroundings {
  /** Its private key. */
  readonly hostKey: string;
  /** The public key that may log in. */
  readonly authorized: ParsedKey;
  /** Takes what happens, without the host's name. */
  readonly log: (event: string) => void;
}

/** Speaks SSH for one host on the connections that its server accepts; listening is the caller's. */
export const createSshHost = (options: SshHostOptions): NetServer => {
  // The library tells only the other side's port of a connection.
  const names = new Map<number | undefined, string>();
  const server = new ssh2.Server({ hostKeys: [options.hostKey] }, (client, { port }) =>
    serve(client, names.get(port) ?? 'connection', options),
  );
  let connections = 0;
  return createServer({ noDelay: true }, (socket) => {
    const { remotePort } = socket;
    const name = `connection ${++connections}`;
    names.set(remotePort, name);
    options.log(`${name} opened from port ${remotePort ?? '?'}`);
    socket.on('close', () => {
      names.delete(remotePort);
      options.log(`${name} closed`);
    });
    server.injectSocket(socket);
  });
};

const serve = (client: Connection, name: string, options: SshHostOptions): void => {
  const { authorized, log } = options;
  const running = new Set<RunningCommand>();
  // An aborted connection is everyday life for a server.
  client.on('error', (error: Error) => log(`${name} failed: ${error.message}`));
  client.on('authentication', (context) => {
    if (mayLogIn(context, authorized)) context.accept();
    else context.reject(['publickey']);
  });
  client.on('ready', () => log(`${name} accepted`));
  client.on('close', () => {
    for (const command of running) command.hangUp();
  });
  client.on('session', (accept, reject) => {
    if (running.size >= mostSessions) return reject();
    serveSession(accept(), (channel, words) => {
      log(`${name} command ${JSON.stringify(words.at(-1)?.slice(0, 160) ?? 'sh')}`);
      const command = runForChannel(channel, words, options);
      running.add(command);
      channel.on('close', () => running.delete(command));
      return command;
    });
  });
};

type Start = (channel: ServerChannel, words: readonly string[]) => RunningCommand;

const serveSession = (session: Session, start: Start): void => {
  let command: RunningCommand | undefined;
  session.on('exec', (accept, _reject, { command: line }) => {
    command = start(accept(), ['-c', line]);
  });
  session.on('shell', (accept) => {
    command = start(accept(), []);
  });
  session.on('signal', (accept, _reject, { name }) => {
    command?.signal(`SIG${name}` as NodeJS.Signals);
    // Nobody asks for an answer to a signal; then the library gives no way to answer.
    (accept as typeof accept | undefined)?.();
  });
};

/** Public keys only. The first question has no signature: whether this key is worth signing with. */
const mayLogIn = (context: AuthContext, authorized: ParsedKey): boolean =>
  context.username === demoUser &&
  context.method === 'publickey' &&
  context.key.algo === authorized.type &&
  context.key.data.equals(authorized.getPublicSSH()) &&
  (context.signature === undefined ||
    (context.blob !== undefined && isSignedBy(authorized, context.blob, context.signature, context.hashAlgo)));
