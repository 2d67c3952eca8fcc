import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { end, familyOf, isAlive, signal, withEnvironment } from './processes.ts';
import { read, registry, type FleetState, type HostState } from './state.ts';
import { may, must } from './system.ts';

/** The environment of everything that runs on a loopback host says which host that is. */
export const marker = 'FAB_FLEET_HOST';

/**
 * Ends every process of these hosts and waits for it. A namespace takes all of its own along; the
 * processes of a loopback host are the family of its sshd, and what it started that left the family.
 */
export const endHosts = (state: FleetState, hosts: readonly HostState[]): void => {
  const first = hosts.flatMap((host) => host.processes);
  if (state.kind === 'namespaces') return end(first);
  signal(first, 'SIGSTOP');
  end(familyOf(first));
  const entries = new Set(hosts.map(({ folder }) => `${marker}=${folder}`));
  for (let left = withEnvironment(entries); left.length > 0; left = withEnvironment(entries)) end(left);
};

const plain = (target: string): string =>
  target.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));

/** What is mounted in or below `folder`, innermost first. */
export const mountsBelow = (folder: string): readonly string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => plain(line.split(' ')[4] ?? ''))
    .filter((target) => target.startsWith(`${folder}/`))
    .reverse();

/**
 * Takes away what a fleet made: processes, links, mounts, files, in that order. Blocks, because it also
 * runs while a process ends. What is gone already is fine, so is somebody else cleaning at the same time.
 */
export const destroy = (state: FleetState): void => {
  endHosts(state, state.hosts);
  const links = state.links.map((link) => `link del ${link}\n`).reverse();
  if (links.length > 0) may('ip', ['-force', '-batch', '-'], links.join(''));
  for (const target of mountsBelow(state.folder)) {
    if (!may('umount', [target]) && mountsBelow(state.folder).includes(target)) must('umount', ['-l', target]);
  }
  rmSync(state.folder, { recursive: true, force: true });
};

const isLeftover = (folder: string): boolean => {
  const state = read(folder);
  if (state !== undefined) return state.owner !== null && !isAlive(state.owner);
  // Somebody is just making it, or died within that moment.
  return Date.now() - statSync(folder).mtimeMs > 10_000;
};

/** Takes away the fleets whose owners have died. */
export const sweep = (): void => {
  for (const name of readdirSync(registry())) {
    const folder = join(registry(), name);
    try {
      if (!isLeftover(folder)) continue;
      const state = read(folder);
      if (state === undefined) rmSync(folder, { recursive: true, force: true });
      else destroy(state);
    } catch (error) {
      // Another process may have been sweeping the same folder, and was first.
      if (read(folder) !== undefined) throw error;
    }
  }
};
