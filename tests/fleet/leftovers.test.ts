import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { describeFleet } from './describe.ts';
import { removeFleet, startFleet, type FleetKind } from './index.ts';
import { identify, isAlive, withEnvironment, type ProcessId } from './processes.ts';
import { read } from './state.ts';
import { marker } from './teardown.ts';

/** What a fleet has on this machine, each by a number that the kernel does not soon give again: names come back. */
interface Traces {
  readonly folder: string;
  readonly processes: readonly ProcessId[];
  readonly links: readonly string[];
}

/** Links of other tests come and go while we look: one that is gone by now is none. */
const linkNumber = (name: string): readonly string[] => {
  try {
    return [readFileSync(`/sys/class/net/${name}/ifindex`, 'utf8')];
  } catch {
    return [];
  }
};
const linkNumbers = (names: readonly string[]): readonly string[] => names.flatMap(linkNumber);

const world = (pid: number | string): string => {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return '';
  }
};

/** Everything that runs in a process namespace that is not ours. */
const elsewhere = (pids: readonly number[]): readonly ProcessId[] => {
  const worlds = new Set(pids.map(world).filter((each) => each !== '' && each !== world('self')));
  const inside = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && worlds.has(world(name)));
  return inside.flatMap((name) => identify(Number(name)) ?? []);
};

const tracesOf = (folder: string): Traces => {
  const { hosts, links } = read(folder)!;
  const known = hosts.flatMap(({ processes }) => processes);
  const marked = withEnvironment(new Set(hosts.map((host) => `${marker}=${host.folder}`)));
  const processes = [...known, ...marked, ...elsewhere(known.map(({ pid }) => pid))];
  return { folder, processes, links: linkNumbers(links) };
};

/** What of it is still there. */
const left = ({ folder, processes, links }: Traces): Traces & { readonly mounts: readonly string[] } => {
  const present = new Set(linkNumbers(readdirSync('/sys/class/net')));
  return {
    folder: existsSync(folder) ? folder : '',
    processes: processes.filter(isAlive),
    links: links.filter((number) => present.has(number)),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(`${folder}/`)),
  };
};
const nothing = { folder: '', processes: [], links: [], mounts: [] };

const jiti = join('node_modules', 'jiti', 'lib', 'jiti-cli.mjs');
/** Runs a script of this folder with a list of fleets that no other test sees. */
const script = (name: string, words: readonly string[], temporary: string): ReturnType<typeof spawnSync> =>
  spawnSync(process.execPath, [jiti, join(import.meta.dirname, name), ...words], {
    encoding: 'utf8',
    env: { ...process.env, TMPDIR: temporary, NODE_OPTIONS: '' },
  });

const kinds: readonly FleetKind[] = ['loopback', 'namespaces'];

for (const kind of kinds) {
  describeFleet(kind, 'leftovers', () => {
    test('none after stop, whatever state the hosts are in; stopping twice is fine', async () => {
      const fleet = await startFleet({ kind, hosts: 4, ...(kind === 'namespaces' ? { homeBytes: 1e6 } : {}) });
      const [, second, third, fourth] = fleet.hosts;
      await fleet.hosts[0]!.exec('nohup sleep 600 >/dev/null 2>&1 &');
      await second!.kill();
      await third!.cut();
      await fourth!.restart();
      const traces = tracesOf(fleet.folder);
      expect(left(traces).processes.length).toBeGreaterThan(2);
      await fleet.stop();
      expect(left(traces)).toEqual(nothing);
      await fleet.stop();
    });

    test('none of a fleet whose owner was killed, as soon as another one starts', () => {
      const temporary = mkdtempSync(join(tmpdir(), 'fleet-test-'));
      const abandoned = script('abandon.ts', [kind], temporary);
      const folder = String(abandoned.stdout);
      try {
        expect(abandoned.signal).toBe('SIGKILL');
        const traces = tracesOf(folder);
        expect(traces.processes.every(isAlive)).toBe(true);
        expect(traces.processes.length).toBeGreaterThanOrEqual(kind === 'loopback' ? 3 : 4);
        expect(script('successor.ts', [], temporary)).toMatchObject({ status: 0, stderr: '' });
        expect(left(traces)).toEqual(nothing);
      } finally {
        removeFleet(folder);
        rmSync(temporary, { recursive: true });
      }
    });
  });
}
