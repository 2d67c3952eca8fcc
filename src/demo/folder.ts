import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const marker = 'demo-fleet';

/** Where everything of one demo fleet lies. */
export interface DemoFolder {
  /** The environment's folder: inventory, settings and known_hosts. */
  readonly environment: string;
  /** What the fleet keeps: keys, homes, logs. Nothing in it is committed. */
  readonly state: string;
  readonly inventory: string;
  readonly settings: string;
  readonly knownHosts: string;
  readonly marker: string;
  /** The private key that a person logs in with; its public half lies beside it. */
  readonly key: string;
  readonly log: string;
  /** Holds the id of the fleet's process. */
  readonly pid: string;
  /** Is there while somebody starts the fleet. */
  readonly starting: string;
  /** The repository of the demo's application. */
  readonly app: string;
  hostKey(host: string): string;
  home(host: string): string;
}

/** The paths of a demo fleet whose environment and state lie in these two folders. */
export const demoFolder = (environment: string, state: string): DemoFolder => ({
  environment,
  state,
  inventory: join(environment, 'inventory.ini'),
  settings: join(environment, 'fab-settings.yml'),
  knownHosts: join(environment, 'known_hosts'),
  marker: join(environment, marker),
  key: join(state, 'id_ed25519'),
  log: join(state, 'fleet.log'),
  pid: join(state, 'fleet.pid'),
  starting: join(state, 'starting'),
  app: join(state, 'app'),
  hostKey: (host) => join(state, 'hosts', host, 'host_key'),
  home: (host) => join(state, 'hosts', host, 'home'),
});

/** Whether an environment's hosts are a demo fleet's, to be started before they are connected to. */
export const isDemoEnvironment = (environment: string): boolean => existsSync(join(environment, marker));

/**
 * Reads where the fleet of an environment keeps its state: the first line of the marker that is no
 * comment, relative to the environment's folder.
 * @throws Error when there is no such line.
 */
export const readDemoFolder = (environment: string): DemoFolder => {
  const folder = resolve(environment);
  const file = join(folder, marker);
  const state = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '' && !line.startsWith('#'));
  if (state === undefined) throw new Error(`${file} must name the folder of the demo fleet's state.`);
  return demoFolder(folder, resolve(folder, state));
};
