import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Driver } from './driver.ts';
import { familyOf, programOf, signal, thisProcess, type ProcessId } from './processes.ts';
import { hold, listening, logFile, logLength, makeKey, sshdConfig } from './sshd.ts';
import { claim, save, type FleetState, type HostState } from './state.ts';
import { find, systemPath } from './system.ts';
import { marker } from './teardown.ts';

const freePort = (address: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, address, () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === 'object' && bound !== null ? bound.port : 0));
    });
  });

/** 127.0.0.11, 127.0.0.12 … */
const addressOf = (index: number): string => `127.0.${Math.floor((index + 11) / 250)}.${(index + 11) % 250}`;

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * What every session starts with: it moves to the host's home and becomes what was asked for, so
 * exit status, signals and the login shell are the ones of a host of its own. SHLVL would tell bash
 * that this is not its first shell, and it would leave ~/.bashrc out.
 */
const enter = (host: HostState): string => `#!/bin/sh
unset SHLVL OLDPWD
export HOME=${quoted(host.home)} ${marker}=${quoted(host.folder)}
cd "$HOME" || exit 1
if [ -n "\${SSH_ORIGINAL_COMMAND+set}" ]; then
  command=$SSH_ORIGINAL_COMMAND
  unset SSH_ORIGINAL_COMMAND OLDPWD
  exec "$SHELL" -c "$command"
fi
unset OLDPWD
exec "$SHELL" -l
`;

/** Without PAM, sshd turns away an account whose password is locked; root's often is. */
const isLocked = (user: string): boolean => {
  try {
    return readFileSync('/etc/shadow', 'utf8')
      .split('\n')
      .some((line) => line.startsWith(`${user}:!`));
  } catch {
    return false;
  }
};

const writeHost = (host: HostState, publicKey: string, lines: readonly string[]): void => {
  const inside = (file: string): string => join(host.folder, file);
  mkdirSync(join(host.home, '.ssh'), { recursive: true, mode: 0o700 });
  mkdirSync(inside('empty'));
  writeFileSync(join(host.home, '.ssh/authorized_keys'), `${publicKey}\n`, { mode: 0o600 });
  makeKey(inside('host_key'), host.name);
  writeFileSync(inside('enter'), enter(host));
  chmodSync(inside('enter'), 0o755);
  const config = sshdConfig([
    ...lines,
    `ListenAddress ${host.address}:${host.port}`,
    `HostKey ${inside('host_key')}`,
    `AuthorizedKeysFile ${join(host.home, '.ssh/authorized_keys')}`,
    'StrictModes no',
    `UsePAM ${isLocked(host.user) ? 'yes' : 'no'}`,
    // The shell around `enter` must not read the rc files of whoever runs this.
    `SetEnv HOME=${inside('empty')}`,
    `ForceCommand exec ${inside('enter')}`,
  ]);
  writeFileSync(inside('sshd_config'), config);
};

/** The host's servers, without the commands that they run. */
const servers = (host: HostState): readonly ProcessId[] =>
  familyOf(host.processes).filter((one) => programOf(one).startsWith('sshd'));

/** One sshd per host on an address, a port and a home of its own, all of the same user. */
export const loopback: Driver = {
  claim: async (names, options) => {
    const { id, folder } = claim(1, 9999);
    const user = userInfo().username;
    const hosts = names.map(async (name, index): Promise<HostState> => {
      const address = addressOf(index);
      const own = join(folder, name);
      const port = await freePort(address);
      return { name, address, port, user, home: join(own, 'home'), folder: own, processes: [] };
    });
    const owner = options.keep === true ? null : thisProcess();
    const shared = { id, kind: 'loopback', folder, owner, controller: '127.0.0.1', links: [] } as const;
    save({ ...shared, hosts: [] });
    const state: FleetState = { ...shared, hosts: await Promise.all(hosts) };
    save(state);
    return state;
  },

  furnish: (state, options) => {
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
    const publicKey = makeKey(join(state.folder, 'id_ed25519'), 'fleet');
    for (const host of state.hosts) writeHost(host, publicKey, options.sshd ?? []);
  },

  boot: async (_, hosts, record) => {
    const sshd = find('sshd') ?? 'sshd';
    await Promise.all(
      hosts.map(async (host) => {
        const log = logFile(host.folder);
        const from = logLength(log);
        const words = ['-c', 'read -r go && exec "$@"', 'sh', sshd, '-D', '-e', '-f', join(host.folder, 'sshd_config')];
        const held = hold('/bin/sh', words, log);
        record(host, [held.process]);
        held.go();
        await listening(held.process, log, from);
      }),
    );
  },

  cut: (_, host) => signal(servers(host), 'SIGSTOP'),
  heal: (_, host) => signal(servers(host), 'SIGCONT'),

  door: (_, host, command) => ({
    program: '/bin/sh',
    words: ['-c', command],
    cwd: host.home,
    env: { HOME: host.home, PATH: systemPath, USER: host.user, [marker]: host.folder },
  }),

  path: (_, file) => file,
};
