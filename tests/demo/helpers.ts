import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import ssh2, { type Client, type ClientChannel } from 'ssh2';
import { writeMissingEnvironment } from '../../src/demo/environment.ts';
import type { DemoFleet } from '../../src/demo/fleet.ts';
import { demoFolder, type DemoFolder } from '../../src/demo/folder.ts';
import { parsedKey } from '../../src/demo/keys.ts';
import { freePorts } from '../../src/demo/ports.ts';
import { takeDown } from '../../src/demo/take-down.ts';

export const project = fileURLToPath(new URL('../..', import.meta.url));

/** A demo environment of its own in a temporary folder, with one host or more. */
export const newDemo = async (count = 1): Promise<DemoFolder> => {
  const directory = await mkdtemp(join(tmpdir(), 'fab-demo-test-'));
  const folder = demoFolder(join(directory, 'environments', 'demo'), directory);
  const ports = await freePorts(2 * count);
  const hosts = Array.from({ length: count }, (_, index) => ({
    name: `web${index + 1}`,
    port: ports[2 * index]!,
    appPort: ports[2 * index + 1]!,
  }));
  await writeMissingEnvironment(folder, hosts, join(project, 'examples/node-app/fabfile.ts'));
  return folder;
};

export const removeDemo = async (folder: DemoFolder): Promise<void> => {
  await takeDown(folder.environment);
  await rm(folder.state, { recursive: true, force: true });
};

export interface Login {
  readonly key?: string;
  readonly user?: string;
  readonly password?: string;
}

/** Logs in to the first host of a fleet, whose key must be the one in known_hosts. */
export const logIn = async ({ folder, hosts }: DemoFleet, login: Login = {}): Promise<Client> => {
  const { user = 'demo', password } = login;
  const key = password === undefined ? (login.key ?? (await readFile(folder.key, 'utf8'))) : undefined;
  const known = (await readFile(folder.knownHosts, 'utf8')).split('\n')[0]!.split(' ').slice(1).join(' ');
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    client.on('ready', () => resolve(client));
    client.on('error', reject);
    client.connect({
      host: '127.0.0.1',
      port: hosts[0]!.port,
      username: user,
      hostVerifier: (offered: Buffer) => offered.equals(parsedKey(known).getPublicSSH()),
      ...(key === undefined ? {} : { privateKey: key }),
      ...(password === undefined ? {} : { password }),
    });
  });
};

export interface Answer {
  readonly status: number | null;
  readonly signal: string | undefined;
  readonly output: string;
  readonly errors: string;
}

type Exit = Pick<Answer, 'status' | 'signal'>;
const exits = new WeakMap<ClientChannel, Promise<Exit>>();

export const open = (client: Client, command: string): Promise<ClientChannel> =>
  new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error !== undefined) return reject(error);
      // Here and now: a fast command's exit comes before anybody who awaits the channel is called.
      const exit = new Promise<Exit>((exited) => {
        channel.on('exit', (status: number | null, signal?: string) => exited({ status, signal }));
        channel.on('close', () => exited({ status: null, signal: undefined }));
      });
      exits.set(channel, exit);
      resolve(channel);
    });
  });

/** How a command ended, as soon as the host says so; neither status nor signal if it never does. */
export const exitOf = (channel: ClientChannel): Promise<Exit> => exits.get(channel)!;

/** Waits for the end of a command, with all of its output. */
export const answerOf = async (channel: ClientChannel): Promise<Answer> => {
  let output = '';
  let errors = '';
  channel.on('data', (chunk: Buffer) => (output += chunk.toString()));
  channel.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  await new Promise((resolve) => channel.on('close', resolve));
  return { ...(await exitOf(channel)), output, errors };
};

/** Runs a command that is given all of `input` and then the end of it. */
export const ask = async (client: Client, command: string, input = ''): Promise<Answer> => {
  const channel = await open(client, command);
  const answer = answerOf(channel);
  channel.end(input);
  return answer;
};

/** Waits until `is` answers something. */
export const eventually = async <Value>(
  is: () => Promise<Value | undefined> | Value | undefined,
  seconds = 10,
): Promise<Value> => {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await is();
    if (value !== undefined) return value;
    if (Date.now() > end) throw new Error(`not within ${seconds} s`);
    await pause(20);
  }
};

/** Lines of the fleet's own log that end with `event`. */
export const logged = async (folder: DemoFolder, event: string): Promise<readonly string[]> =>
  (await readFile(folder.log, 'utf8')).split('\n').filter((line) => line.endsWith(event));
