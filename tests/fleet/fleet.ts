import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Driver } from './driver.ts';
import { clientFiles, knownHosts, writeClientFiles } from './client.ts';
import { writeEnvironment } from './environment.ts';
import { fleetKinds } from './kinds.ts';
import { loopback } from './loopback.ts';
import { namespaces } from './namespaces.ts';
import { isAlive } from './processes.ts';
import { logFile, logLength } from './sshd.ts';
import { read, save, type FleetState, type HostState } from './state.ts';
import { ask, may } from './system.ts';
import { destroy, endHosts, sweep } from './teardown.ts';
import type { Fleet, FleetHost, FleetKind, FleetOptions } from './types.ts';

const drivers: Readonly<{ [Kind in FleetKind]: Driver }> = { loopback, namespaces };

/** The one place where the state of a fleet changes. */
class Book {
  #state: FleetState;
  readonly driver: Driver;
  constructor(state: FleetState) {
    this.#state = state;
    this.driver = drivers[state.kind];
  }
  get state(): FleetState {
    return this.#state;
  }
  host(name: string): HostState {
    const found = this.#state.hosts.find((host) => host.name === name);
    if (found === undefined) {
      throw new Error(`no host ${name} in this fleet; it has ${this.#state.hosts.map((host) => host.name).join(', ')}`);
    }
    return found;
  }
  async boot(hosts: readonly HostState[]): Promise<void> {
    await this.driver.boot(this.#state, hosts, ({ name }, processes) => {
      const changed = this.#state.hosts.map((host) => (host.name === name ? { ...host, processes } : host));
      this.#state = { ...this.#state, hosts: changed };
      save(this.#state);
    });
  }
  end(host: HostState): void {
    endHosts(this.#state, [host]);
    const link = this.#state.links[this.#state.hosts.indexOf(host) + 1];
    if (link !== undefined) may('ip', ['link', 'del', link]);
  }
}

const occurrences = (text: string, words: string): number => text.split(words).length - 1;

const openHost = (book: Book, name: string): FleetHost => {
  const { driver } = book;
  const { address, port, user, home, folder } = book.host(name);
  const log = (): string => (logLength(logFile(folder)) === 0 ? '' : readFileSync(logFile(folder), 'utf8'));
  return {
    name,
    address,
    port,
    user,
    home,
    exec: async (command) => {
      const { program, words, ...options } = driver.door(book.state, book.host(name), command);
      return ask(program, words, options);
    },
    path: (file) => driver.path(book.host(name), file.startsWith('/') ? file : join(home, file)),
    log,
    connections: () => occurrences(`\n${log()}`, '\nAccepted publickey for '),
    sessions: () => occurrences(`\n${log()}`, '\nStarting session: '),
    alive: () => {
      const { processes } = book.host(name);
      return processes.length > 0 && processes.every(isAlive);
    },
    kill: async () => book.end(book.host(name)),
    cut: async () => driver.cut(book.state, book.host(name)),
    heal: async () => driver.heal(book.state, book.host(name)),
    restart: async () => {
      book.end(book.host(name));
      await book.boot([book.host(name)]);
    },
  };
};

const owned = new Set<Book>();
let watching = false;

/** A process that ends in the ordinary way takes its fleets along; after any other way the next one sweeps. */
const ownUntilExit = (book: Book): void => {
  owned.add(book);
  if (watching) return;
  watching = true;
  process.once('exit', () => [...owned].forEach(({ state }) => destroy(state)));
};

const open = (book: Book): Fleet => {
  const { state } = book;
  const hosts = state.hosts.map(({ name }) => openHost(book, name));
  const described = { hosts, knownHosts: knownHosts(state.hosts), ...clientFiles(state.folder) };
  return {
    ...described,
    kind: state.kind,
    folder: state.folder,
    controller: state.controller,
    host: (name) => hosts.find((host) => host.name === book.host(name).name)!,
    writeEnvironment: (environments, name, options) => writeEnvironment(described, environments, name, options),
    stop: async () => {
      destroy(book.state);
      owned.delete(book);
    },
  };
};

const names = (hosts: FleetOptions['hosts']): readonly string[] => {
  const all = typeof hosts === 'number' ? Array.from({ length: hosts }, (_, index) => `web${index + 1}`) : hosts;
  const odd = all.find((name, index) => !/^[a-z][a-z0-9-]{0,62}$/.test(name) || all.indexOf(name) !== index);
  if (odd !== undefined || all.length === 0) throw new Error(`not a list of host names: ${all.join(', ')}`);
  return all;
};

const namespacesOnly = ['users', 'sudoers', 'homeBytes', 'homeInodes', 'layers', 'files', 'sharedDirectory'] as const;

const check = (options: FleetOptions): void => {
  const found = fleetKinds().find(({ kind }) => kind === options.kind);
  if (found?.available === false) throw new Error(`no ${options.kind} fleet here: ${found.reason}`);
  if (options.users?.some(({ name, uid }) => name === 'root' || uid === 0) === true) {
    throw new Error('root is there anyway, and takes the key, too');
  }
  const misplaced = namespacesOnly.filter((key) => options[key] !== undefined);
  if (options.kind === 'loopback' && misplaced.length > 0) {
    throw new Error(`a loopback fleet has no ${misplaced.join(', ')}: its hosts share this machine's users and disk`);
  }
};

/** Starts hosts with real OpenSSH servers; resolves when all of them take connections. */
export const startFleet = async (options: FleetOptions): Promise<Fleet> => {
  check(options);
  const all = names(options.hosts);
  sweep();
  const book = new Book(await drivers[options.kind].claim(all, options));
  if (options.keep !== true) ownUntilExit(book);
  try {
    book.driver.furnish(book.state, options);
    writeClientFiles(book.state);
    await book.boot(book.state.hosts);
    return open(book);
  } catch (error) {
    destroy(book.state);
    owned.delete(book);
    throw error;
  }
};

/** The running fleet whose folder this is: one that another process started. */
export const attachFleet = (folder: string): Fleet | undefined => {
  const state = read(folder);
  return state === undefined ? undefined : open(new Book(state));
};

/** Takes away the fleet whose folder this is; false when there is none. */
export const removeFleet = (folder: string): boolean => {
  const state = read(folder);
  if (state !== undefined) destroy(state);
  return state !== undefined;
};
