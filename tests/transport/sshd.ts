import { spawn, spawnSync, execFileSync, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { Host } from '../../src/model/host.ts';

const program = '/usr/sbin/sshd';

/** A real OpenSSH server on a port of its own, with its keys and logs in a folder of its own. */
export interface Sshd {
  readonly folder: string;
  readonly port: number;
  readonly host: Host;
  /** The private key that may log in. */
  readonly key: string;
  /** A known_hosts file that names the server's ed25519 key. */
  readonly knownHosts: string;
  /** An ssh configuration that names no file of the user's. */
  readonly config: string;
  readonly process: ChildProcess;
  /** The processes that serve the connections, by their ids. */
  sessions(): readonly number[];
  publicKey(type: 'ed25519' | 'ecdsa' | 'rsa'): string;
  log(): string;
  stop(): Promise<void>;
}

export interface SshdOptions {
  readonly name?: string;
  /** Lines for sshd_config; the first value of a keyword wins, so these come first. */
  readonly settings?: readonly string[];
  /** Lines for the client's ssh configuration. */
  readonly client?: readonly string[];
  readonly hostKeys?: readonly ('ed25519' | 'ecdsa' | 'rsa')[];
}

/** Starts an sshd and waits until it listens. */
export const startSshd = async (options: SshdOptions = {}): Promise<Sshd> => {
  const { name = 'web1', settings = [], client = [], hostKeys = ['ed25519'] } = options;
  mkdirSync('/run/sshd', { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'fabwright-sshd-'));
  for (const type of hostKeys) makeKey(join(folder, `host_${type}`), type);
  const key = join(folder, 'login');
  makeKey(key, 'ed25519');
  const port = await freePort();
  writeFileSync(join(folder, 'authorized_keys'), readFileSync(`${key}.pub`));
  const publicKey = (type: string): string =>
    readFileSync(join(folder, `host_${type}.pub`), 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');
  writeFileSync(join(folder, 'known_hosts'), `[127.0.0.1]:${port} ${publicKey(hostKeys[0]!)}\n`);
  writeFileSync(
    join(folder, 'ssh_config'),
    [
      ...client,
      `IdentityFile ${key}`,
      'IdentitiesOnly yes',
      'UserKnownHostsFile /dev/null',
      'GlobalKnownHostsFile /dev/null',
      '',
    ].join('\n'),
  );
  writeFileSync(
    join(folder, 'sshd_config'),
    [
      ...settings,
      `ListenAddress 127.0.0.1:${port}`,
      ...hostKeys.map((type) => `HostKey ${join(folder, `host_${type}`)}`),
      `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
      'UsePAM no',
      'StrictModes no',
      'PermitRootLogin yes',
      'PidFile none',
      'PrintMotd no',
      'LogLevel VERBOSE',
      // bash reads ~/.bashrc when sshd starts it as the outermost shell; what the machine's own
      // files do is not what these tests measure.
      'SetEnv SHLVL=5',
      '',
    ].join('\n'),
  );
  const logFile = join(folder, 'log');
  const child = spawn(program, ['-D', '-E', logFile, '-f', join(folder, 'sshd_config')], { stdio: 'ignore' });
  await listening(port);
  const sessions = (): readonly number[] => descendants(child.pid!);
  return {
    folder,
    port,
    key,
    publicKey,
    sessions,
    process: child,
    knownHosts: join(folder, 'known_hosts'),
    config: join(folder, 'ssh_config'),
    host: { name, address: '127.0.0.1', port, user: userInfo().username, connection: 'ssh', groups: [], vars: {} },
    log: () => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : ''),
    stop: async () => {
      for (const id of [...sessions(), child.pid!]) kill(id, 'SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await new Promise((done) => child.once('exit', done));
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** Makes a key pair, without a passphrase unless one is given. */
export const makeKey = (file: string, type: string, passphrase = ''): void => {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', 'test', '-f', file]);
  chmodSync(file, 0o600);
};

/** Sends a signal to one process, which may be gone already. */
export const kill = (id: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(id, signal);
  } catch {
    // It ended by itself.
  }
};

/** A real ssh-agent with the keys of these files. */
export const startAgent = async (
  folder: string,
  keys: readonly string[],
): Promise<{ socket: string; stop: () => void }> => {
  const socket = join(folder, `agent-${Math.random().toString(36).slice(2)}`);
  const child = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  while (!existsSync(socket)) await pause(10);
  for (const key of keys)
    spawnSync('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'inherit' });
  return { socket, stop: () => void child.kill('SIGKILL') };
};

/** A TCP relay to a port, whose connections the test can cut, reset or hold up. */
export const startRelay = async (
  port: number,
  options: { readonly dropFirst?: number; readonly bytesPerSecond?: number } = {},
): Promise<Relay> => {
  let drop = options.dropFirst ?? 0;
  let seen = 0;
  const pairs = new Set<readonly [Socket, Socket]>();
  const server: Server = createServer((inner) => {
    seen += 1;
    inner.on('error', () => undefined);
    if (drop > 0) {
      drop -= 1;
      inner.resetAndDestroy();
      return;
    }
    const outer = connect({ port, host: '127.0.0.1', noDelay: true });
    outer.on('error', () => undefined);
    inner.setNoDelay(true);
    if (options.bytesPerSecond === undefined) inner.pipe(outer).pipe(inner);
    else {
      inner.pipe(throttle(options.bytesPerSecond)).pipe(outer);
      outer.pipe(throttle(options.bytesPerSecond)).pipe(inner);
    }
    pairs.add([inner, outer]);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    seen: () => seen,
    reset: () => {
      for (const [inner] of pairs) inner.resetAndDestroy();
    },
    freeze: () => {
      for (const [inner, outer] of pairs) {
        inner.unpipe(outer);
        outer.unpipe(inner);
        inner.pause();
        outer.pause();
      }
    },
    stop: async () => {
      for (const pair of pairs) for (const socket of pair) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
};

/** A narrow line: every piece takes as long as its bytes would. */
const throttle = (bytesPerSecond: number): Transform =>
  new Transform({
    highWaterMark: 4096,
    transform(chunk: Buffer, _encoding, done) {
      setTimeout(() => done(null, chunk), (chunk.length / bytesPerSecond) * 1000);
    },
  });

export interface Relay {
  readonly port: number;
  seen(): number;
  reset(): void;
  freeze(): void;
  stop(): Promise<void>;
}

/** A port that was free a moment ago. */
export const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address !== null ? address.port : 0;
};

const listening = async (port: number): Promise<void> => {
  for (let tries = 0; tries < 200; tries += 1) {
    const answered = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => resolve(false));
      socket.on('data', () => {
        socket.destroy();
        resolve(true);
      });
    });
    if (answered) return;
    await pause(25);
  }
  throw new Error(`no sshd on port ${port}`);
};

const descendants = (parent: number): readonly number[] => {
  const { stdout } = spawnSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' });
  const rows = stdout
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/).map(Number));
  const below = (id: number): readonly number[] =>
    rows.filter(([, above]) => above === id).flatMap(([child]) => [child!, ...below(child!)]);
  return below(parent);
};
