import { startFleet, type EnvironmentOptions, type Fleet } from '../../tests/fleet/index.ts';
import { Cgroup } from '../measure/cgroup.ts';
import { MeasuredHosts } from '../measure/hosts.ts';
import { startSimulatedFleet } from './simulated/fleet.ts';

/** `sshd`: one stock OpenSSH server per host. `simulated`: a process speaks SSH for a hundred of them. */
export type HostKind = 'sshd' | 'simulated';

/** What all hosts together have seen since they are up. */
export interface Look {
  /** CPU seconds, of servers and commands. */
  readonly cpu: number;
  /** Logins, and commands that were started. */
  readonly connections: number;
  readonly commands: number;
  /** Connections that a server dropped or that ended before the login. */
  readonly failedHandshakes: number;
}

/** Hosts to deploy to. */
export interface Hosts {
  readonly kind: HostKind;
  readonly count: number;
  writeEnvironment(environments: string, name: string, options?: EnvironmentOptions): string;
  look(): Promise<Look>;
  /** Resolves when nothing of a deploy runs on them any more. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** Counts in sshd's log; `Connection from` stands there before the handshake, a drop in its place. */
export const failedHandshakesIn = (log: string): number =>
  occurrences(log, /^Connection from /gm) + dropsIn(log) - occurrences(log, /^Accepted publickey for /gm);

/** Connections that sshd did not take at all: MaxStartups. */
export const dropsIn = (log: string): number => occurrences(log, /^(?:error: )?drop connection #/gm);

const occurrences = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const sshdHosts = async (count: number): Promise<Hosts> => {
  const fleet: Fleet = await startFleet({ kind: 'loopback', hosts: count });
  const measured = new MeasuredHosts(fleet);
  return {
    kind: 'sshd',
    count,
    writeEnvironment: (environments, name, options) => fleet.writeEnvironment(environments, name, options),
    look: async () => {
      const used = measured.used();
      return Promise.resolve({
        cpu: measured.cpuSeconds(),
        connections: sum(used.map(({ connections }) => connections)),
        commands: sum(used.map(({ commands }) => commands)),
        failedHandshakes: sum(fleet.hosts.map((host) => failedHandshakesIn(host.log()))),
      });
    },
    settled: () => measured.settled(20),
    stop: async () => {
      await measured.remove();
      await fleet.stop();
    },
  };
};

const simulatedHosts = async (count: number): Promise<Hosts> => {
  const fleet = await startSimulatedFleet(count);
  const group = new Cgroup('simulated');
  for (const pid of fleet.pids) group.enter(pid);
  return {
    kind: 'simulated',
    count,
    writeEnvironment: (environments, name, options) => fleet.writeEnvironment(environments, name, options),
    look: async () => {
      const tallies = await fleet.seen();
      return {
        cpu: group.cpuSeconds(),
        connections: sum(tallies.map(({ logins }) => logins)),
        commands: sum(tallies.map(({ commands }) => commands)),
        failedHandshakes: sum(tallies.map(({ connections, logins }) => connections - logins)),
      };
    },
    settled: () => group.settled(fleet.pids.length, 60),
    stop: async () => {
      await fleet.stop();
      await group.remove();
    },
  };
};

/** Starts so many hosts of a kind. Needs root: their CPU is counted by control groups. */
export const startHosts = (kind: HostKind, count: number): Promise<Hosts> =>
  kind === 'sshd' ? sshdHosts(count) : simulatedHosts(count);
