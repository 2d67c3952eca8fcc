import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { makeKey, sshdConfig } from './sshd.ts';
import type { FleetState, HostState } from './state.ts';
import { must } from './system.ts';
import type { FleetOptions, FleetUser } from './types.ts';

/** The folders of this machine that its hosts start from; the rest of its root they do not see. */
const kept = new Set(['bin', 'etc', 'lib', 'lib32', 'lib64', 'libx32', 'opt', 'sbin', 'usr', 'var']);
/** What a host has of its own at these places, empty at first. */
const ownPlaces = ['dev', 'home', 'media', 'mnt', 'proc', 'root', 'run', 'srv', 'sys', 'tmp'];

export const defaultUsers: readonly FleetUser[] = [
  { name: 'deploy', uid: 2000 },
  { name: 'cchq', uid: 2001 },
];
const defaultSudoers = 'deploy ALL=(ALL:ALL) NOPASSWD: ALL\n';

/** Folders with the mode they say, whatever the umask is. */
const folderAt = (path: string, mode = 0o755): string => {
  if (!existsSync(path)) {
    folderAt(dirname(path));
    mkdirSync(path);
    chmodSync(path, mode);
  }
  return path;
};

const fileAt = (path: string, text: string, mode = 0o644): void => {
  folderAt(dirname(path));
  writeFileSync(path, text);
  chmodSync(path, mode);
};

/** A file of /etc with lines added, without older lines on the same names. */
const withLines = (file: string, lines: readonly string[]): string => {
  const taken = new Set(lines.map((line) => line.split(':')[0]));
  const others = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !taken.has(line.split(':')[0]));
  return [...others, ...lines, ''].join('\n');
};

/** `below` finds the file that a host would see without ours: a package layer's, or this machine's. */
const addUsers = (etc: string, users: readonly FleetUser[], below: (file: string) => string): void => {
  const passwd = users.map(({ name, uid }) => `${name}:x:${uid}:${uid}::/home/${name}:/bin/bash`);
  fileAt(join(etc, 'passwd'), withLines(below('/etc/passwd'), passwd));
  fileAt(
    join(etc, 'group'),
    withLines(
      below('/etc/group'),
      users.map(({ name, uid }) => `${name}:x:${uid}:`),
    ),
  );
  const shadow = withLines(
    below('/etc/shadow'),
    users.map(({ name }) => `${name}:*:19000:0:99999:7:::`),
  );
  fileAt(join(etc, 'shadow'), shadow, 0o640);
  chownSync(join(etc, 'shadow'), 0, statSync('/etc/shadow').gid);
};

/** Where the hosts' files are: a file system in memory, so that taking it away takes no time. */
export const diskOf = (folder: string): string => join(folder, 'disk');

/** The fleet's copies of the layers that it was given, topmost first. */
const givenLayers = (folder: string): readonly string[] => {
  const layers = join(diskOf(folder), 'layers');
  return readdirSync(layers)
    .sort()
    .map((name) => join(layers, name));
};

/** What all hosts of a fleet start from, as overlayfs wants to hear it: ours above the machine's root. */
export const layersOf = (folder: string): string =>
  [join(diskOf(folder), 'own'), join(diskOf(folder), 'hidden'), ...givenLayers(folder), '/'].join(':');

/** Copied into memory: overlayfs takes no layer that lies within another one, and the lowest is `/`. */
const copyLayers = (folder: string, layers: readonly string[]): void => {
  const copies = folderAt(join(diskOf(folder), 'layers'));
  layers.forEach((layer, index) => must('cp', ['-a', layer, join(copies, String(index).padStart(2, '0'))]));
};

/** A 0/0 device in a layer says that whatever lies below has no such name. */
const hide = (layer: string): void => {
  folderAt(layer);
  for (const name of readdirSync('/').filter((each) => !kept.has(each)))
    must('mknod', [join(layer, name), 'c', '0', '0']);
};

/** Writes the shared layers: what is out of sight, users, names. */
export const writeLayers = (state: FleetState, options: FleetOptions): void => {
  const disk = diskOf(state.folder);
  hide(join(disk, 'hidden'));
  copyLayers(state.folder, options.layers ?? []);
  for (const place of ownPlaces) folderAt(join(disk, 'own', place));
  if (options.sharedDirectory === true) {
    folderAt(join(disk, 'own/mnt/shared'));
    folderAt(join(disk, 'shared'), 0o1777);
  }
  const etc = join(disk, 'own/etc');
  const below = (file: string): string =>
    givenLayers(state.folder)
      .map((layer) => join(layer, file))
      .find((path) => existsSync(path)) ?? file;
  addUsers(etc, options.users ?? defaultUsers, below);
  const names = state.hosts.map(({ address, name }) => `${address} ${name}`);
  fileAt(join(etc, 'hosts'), ['127.0.0.1 localhost', ...names, ''].join('\n'));
  fileAt(join(etc, 'resolv.conf'), '# Hosts know each other from /etc/hosts; there is no name server.\n');
  fileAt(join(etc, 'sudoers.d/fleet'), options.sudoers ?? defaultSudoers, 0o440);
};

const own = (path: string, { uid }: FleetUser): void => {
  for (const name of readdirSync(path, { recursive: true, encoding: 'utf8' })) chownSync(join(path, name), uid, uid);
  chownSync(path, uid, uid);
};

/** A home as `useradd -m` makes it, with the fleet's key. */
const makeHome = (home: string, user: FleetUser, publicKey: string): void => {
  folderAt(home, user.uid === 0 ? 0o700 : 0o755);
  if (existsSync('/etc/skel')) cpSync('/etc/skel', home, { recursive: true });
  folderAt(join(home, '.ssh'), 0o700);
  fileAt(join(home, '.ssh/authorized_keys'), `${publicKey}\n`, 0o600);
  own(home, user);
};

const limits = ({ homeBytes, homeInodes }: FleetOptions): readonly string[] => [
  ...(homeBytes === undefined ? [] : [`size=${homeBytes}`]),
  ...(homeInodes === undefined ? [] : [`nr_inodes=${homeInodes}`]),
];

/** Before the homes are made: what lies in one then belongs to its user. */
const writeGiven = (host: HostState, { hosts }: FleetState, { files }: FleetOptions): void => {
  for (const { path, text, mode } of files?.(host, hosts) ?? [])
    fileAt(join(host.folder, path.startsWith('/home/') ? '' : 'upper', path), text, mode);
};

/** Writes what one host has for itself. */
export const writeHost = (host: HostState, state: FleetState, publicKey: string, options: FleetOptions): void => {
  const inside = (place: string): string => join(host.folder, place);
  for (const place of ['upper', 'work', 'root', 'home']) folderAt(inside(place));
  const size = limits(options);
  if (size.length > 0) must('mount', ['-t', 'tmpfs', '-o', ['mode=755', ...size].join(','), 'home', inside('home')]);
  writeGiven(host, state, options);
  for (const user of options.users ?? defaultUsers) makeHome(inside(`home/${user.name}`), user, publicKey);
  makeHome(inside('superuser'), { name: 'root', uid: 0 }, publicKey);
  fileAt(inside('upper/etc/hostname'), `${host.name}\n`);
  fileAt(inside('upper/etc/machine-id'), `${randomBytes(16).toString('hex')}\n`);
  const hostKey = '/etc/ssh/ssh_host_ed25519_key';
  fileAt(inside('upper/etc/ssh/sshd_config'), sshdConfig([...(options.sshd ?? []), `HostKey ${hostKey}`]));
  makeKey(inside('host_key'), host.name);
  for (const [from, to] of [
    ['host_key', hostKey],
    ['host_key.pub', `${hostKey}.pub`],
  ] as const) {
    fileAt(inside(`upper${to}`), readFileSync(inside(from), 'utf8'), to === hostKey ? 0o600 : 0o644);
  }
};
