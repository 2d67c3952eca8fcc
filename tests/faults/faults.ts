import { setTimeout as pause } from 'node:timers/promises';
import type { FleetHost } from '../fleet/index.ts';
import type { Controller, Lane } from './adapter.ts';
import type { Point, Side } from './point.ts';

export const faultNames = [
  'kill-before',
  'kill-after',
  'cut',
  'shell',
  'host-kill',
  'reboot',
  'disk-full',
  'stop',
] as const;
export type FaultName = (typeof faultNames)[number];

/** What a fault may reach: the controller stands still at its point meanwhile. */
export interface Scene {
  readonly lane: Lane;
  readonly controller: Controller;
  /** The point's host, or the one whose turn it is. */
  readonly host: FleetHost;
}

export interface Fault {
  readonly name: FaultName;
  readonly words: string;
  readonly side: Side;
  /** Points where this fault can be; elsewhere the reason why not. */
  readonly fits?: (point: Point) => string | undefined;
  /** False when there was nothing to strike. The controller goes on afterwards, unless it is dead. */
  strike(scene: Scene): Promise<boolean>;
  /** While the controller goes on: what takes time. */
  meanwhile?(scene: Scene): Promise<void>;
  /** When the controller has ended and its promises were looked at. */
  mend?(scene: Scene): Promise<void>;
}

const signalAll = ({ controller }: Scene, signal: NodeJS.Signals): boolean => {
  const pids = controller.pids();
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended in between.
    }
  }
  return pids.length > 0;
};

const killController = async (scene: Scene): Promise<boolean> => signalAll(scene, 'SIGKILL');

/** The newest process that this host's sshd started for the login: the remote shell of a command, or the keeper. */
const newestShell = String.raw`
for p in $(ls -v /proc | grep '^[0-9]*$'); do
  { read -r _ name _ parent _ < "/proc/$p/stat" && read -r up < "/proc/$parent/comm"; } 2>/dev/null || continue
  [ "$up" = sshd ] && [ "$(stat -c %u "/proc/$p")" = "$uid" ] && [ "$name" != '(sshd)' ] && newest=$p
done
[ -n "$newest" ] && kill -KILL "$newest"`;

const ballast = 'ballast';

export const faults: readonly Fault[] = [
  { name: 'kill-before', words: 'controller SIGKILL before', side: 'before', strike: killController },
  { name: 'kill-after', words: 'controller SIGKILL after', side: 'after', strike: killController },
  {
    name: 'cut',
    words: 'connection cut',
    side: 'before',
    strike: async ({ host }) => {
      await host.cut();
      return true;
    },
    mend: ({ host }) => host.heal(),
  },
  {
    name: 'shell',
    words: 'remote shell killed',
    side: 'after',
    fits: ({ host, what }) =>
      host === undefined
        ? 'nothing remote happens there'
        : what === 'connect'
          ? 'a connection without a command has no shell'
          : undefined,
    strike: async ({ host, lane }) => (await host.exec(`uid=${lane.uid}; newest=; ${newestShell}`)).code === 0,
  },
  {
    name: 'host-kill',
    words: 'host killed',
    side: 'before',
    strike: async ({ host }) => {
      await host.kill();
      return true;
    },
    mend: ({ host }) => host.restart(),
  },
  {
    name: 'reboot',
    words: 'host rebooted',
    side: 'before',
    strike: async ({ host }) => {
      await host.restart();
      return true;
    },
  },
  {
    name: 'disk-full',
    words: 'disk full',
    side: 'before',
    strike: async ({ host }) => {
      // To the last page: what remains after dd is less than one.
      await host.exec(
        `dd if=/dev/zero of=${host.home}/${ballast} bs=64k 2>/dev/null; cat /dev/zero >> ${host.home}/${ballast}`,
      );
      return true;
    },
    mend: async ({ host }) => {
      await host.exec(`rm -f ${host.home}/${ballast}`);
    },
  },
  {
    name: 'stop',
    words: 'SIGSTOP longer than the lease',
    side: 'before',
    strike: async (scene) => signalAll(scene, 'SIGSTOP'),
    meanwhile: async (scene) => {
      await pause((scene.lane.lease + 1) * 1000);
      signalAll(scene, 'SIGCONT');
    },
  },
];

export const faultNamed = (name: FaultName): Fault => faults.find((fault) => fault.name === name)!;
