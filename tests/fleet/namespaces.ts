import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Driver } from './driver.ts';
import { defaultUsers, diskOf, layersOf, writeHost, writeLayers } from './machine.ts';
import * as network from './network.ts';
import { identify, isAlive, thisProcess, type ProcessId } from './processes.ts';
import { hold, listening, logFile, logLength, makeKey, whileAlive } from './sshd.ts';
import { claim, save, type FleetState, type HostState } from './state.ts';
import { find, must, systemPath } from './system.ts';

const firstProcess = fileURLToPath(new URL('namespace-init.sh', import.meta.url));
const apart = ['--mount', '--uts', '--ipc', '--net', '--pid', '--fork', '--kill-child'];

const ip = (lines: string): string => must('ip', ['-batch', '-'], lines);

/** A number whose links are free, too: another folder for temporary files may have fleets of its own. */
const claimNetwork = (from = 1): { readonly id: number; readonly folder: string } => {
  const claimed = claim(from, network.lastFleet);
  try {
    ip(network.bridgeLines(claimed.id));
    return claimed;
  } catch (error) {
    rmSync(claimed.folder, { recursive: true });
    if (/File exists/.test((error as Error).message)) return claimNetwork(claimed.id + 1);
    throw error;
  }
};

/** The number that a host's first process has out here. */
const readPid = (folder: string): ProcessId | undefined => {
  try {
    return identify(Number(readFileSync(join(folder, 'pid'), 'utf8')));
  } catch {
    return undefined;
  }
};

/** The first process of a running host. */
const init = ({ name, processes: [, first] }: HostState): ProcessId => {
  if (first === undefined || !isAlive(first)) throw new Error(`${name} is down`);
  return first;
};

/** Plugs a host's cable in or out at our end: the host's own end notices nothing. */
const plug = (state: FleetState, host: HostState, words: readonly string[]): void => {
  init(host);
  const index = state.hosts.findIndex(({ name }) => name === host.name);
  must('ip', ['link', 'set', network.link(state.id, index), ...words]);
};

const inHomeOnDisk = /^\/(home|root)(?=\/|$)/;

/** A network, mount, process, name and ipc namespace per host, over this machine's root. */
export const namespaces: Driver = {
  claim: async (names, options) => {
    const { id, folder } = claimNetwork();
    const user = (options.users ?? defaultUsers)[0]?.name ?? 'root';
    const home = user === 'root' ? '/root' : `/home/${user}`;
    const state: FleetState = {
      id,
      kind: 'namespaces',
      folder,
      owner: options.keep === true ? null : thisProcess(),
      controller: network.controllerAddress(id),
      links: [network.bridge(id), ...names.map((_, index) => network.link(id, index))],
      hosts: names.map((name, index) => {
        const address = network.hostAddress(id, index);
        return { name, address, port: 22, user, home, folder: join(diskOf(folder), 'hosts', name), processes: [] };
      }),
    };
    save(state);
    return state;
  },

  furnish: (state, options) => {
    const { folder } = state;
    mkdirSync(diskOf(folder));
    must('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'fleet', diskOf(folder)]);
    const publicKey = makeKey(join(folder, 'id_ed25519'), 'fleet');
    writeLayers(state, options);
    for (const host of state.hosts) writeHost(host, state, publicKey, options);
  },

  boot: async (state, hosts, record) => {
    const sshd = find('sshd') ?? 'sshd';
    const starting = hosts.map((host) => {
      const index = state.hosts.findIndex(({ name }) => name === host.name);
      const log = logFile(host.folder);
      const from = logLength(log);
      rmSync(join(host.folder, 'pid'), { force: true });
      const words = [
        firstProcess,
        host.folder,
        layersOf(state.folder),
        host.name,
        ...network.hostWords(state.id, index),
      ];
      return { host, index, log, from, held: hold('unshare', [...apart, 'sh', ...words, sshd], log) };
    });
    for (const { host, held } of starting) record(host, [held.process]);
    const cables = starting.map(async ({ host, index, log, held }) => {
      const first = await whileAlive(held.process, log, () => readPid(host.folder));
      record(host, [held.process, first]);
      return network.cableLines(state.id, index, first.pid);
    });
    ip((await Promise.all(cables)).join(''));
    for (const { held } of starting) held.go();
    await Promise.all(starting.map(({ log, from, held }) => listening(held.process, log, from)));
  },

  cut: (state, host) => plug(state, host, ['nomaster']),
  heal: (state, host) => plug(state, host, ['master', network.bridge(state.id)]),

  door: (_, host, command) => ({
    program: 'nsenter',
    words: [
      '-t',
      String(init(host).pid),
      '-m',
      '-u',
      '-i',
      '-n',
      '-p',
      '-r',
      '-w',
      'sh',
      '-c',
      'cd && exec sh -c "$1"',
      'sh',
      command,
    ],
    cwd: '/',
    env: { HOME: '/root', PATH: systemPath, USER: 'root', LOGNAME: 'root', SHELL: '/bin/bash' },
  }),

  path: (host, file) => {
    if (inHomeOnDisk.test(file)) return join(host.folder, file.replace(/^\/root/, '/superuser'));
    const first = host.processes[1];
    return first !== undefined && isAlive(first)
      ? join(`/proc/${first.pid}/root`, file)
      : join(host.folder, 'upper', file);
  },
};
