import { join } from 'node:path';
import type { Say } from '../measure/bench.ts';
import { median } from '../measure/statistics.ts';
import { generateRepository } from '../repository/generate.ts';
import { openDesk } from './desk.ts';
import { startHosts, type HostKind, type Hosts } from './hosts.ts';

/** What one warm deploy cost. */
export interface Cost {
  /** Seconds from start to exit. */
  readonly wall: number;
  /** CPU seconds of the controller and all that it started. */
  readonly cpu: number;
  /** CPU seconds of the hosts. */
  readonly hostsCpu: number;
  /** Peak of the controller's processes, MB. */
  readonly residentMb: number;
  readonly anonymousMb: number;
  /** Per host. */
  readonly connections: number;
  readonly commands: number;
  readonly failedHandshakes: number;
}

/** Warm deploys to one number of hosts. */
export interface Row {
  readonly kind: HostKind;
  readonly hosts: number;
  readonly runs: readonly Cost[];
}

export interface SeriesOptions {
  readonly kind: HostKind;
  readonly hosts: number;
  readonly rounds: number;
  /** A CPU profile of the last deploy's controller goes into this folder. */
  readonly profile?: string | undefined;
}

/** The same small application for every number of hosts: what is looked at is the cost of a host. */
export const application = { files: 50, commits: 30 };
export const settings = { shared_paths: ['log/'], build: ['mkdir -p out && ls > out/list'] };

/**
 * Hundreds of hosts on the processors of one machine are late in everything: silence counts later. It also keeps
 * heartbeats from being what grows: a deploy takes the longer here the more hosts share the processors.
 */
const patient = { keepalive: 30, lease: 120 };

/** Starts hosts, deploys once so that they are warm, then measures deploys of six changed files. */
export const measureSeries = async (options: SeriesOptions, say: Say): Promise<Row> => {
  const { kind, hosts: count, rounds, profile } = options;
  const desk = openDesk();
  try {
    const hosts = await startHosts(kind, count);
    try {
      const repository = await generateRepository(join(desk.folder, 'code.git'), application);
      const own = { code_repo: repository.path, ...settings, ...(kind === 'simulated' ? patient : {}) };
      hosts.writeEnvironment(desk.environments, 'bench', { settings: own });
      await desk.deploy('bench');
      const runs: Cost[] = [];
      for (let round = 1; round <= rounds; round += 1) {
        await repository.advance();
        const run = await measured(hosts, () =>
          desk.deploy('bench', { profile: round === rounds ? profile : undefined }),
        );
        runs.push(run);
        say(
          `${count} ${kind} hosts, warm, ${round} of ${rounds}: ${run.wall.toFixed(1)} s, ${run.cpu.toFixed(2)} s of CPU`,
        );
      }
      return { kind, hosts: count, runs };
    } finally {
      await hosts.stop();
    }
  } finally {
    desk.dispose();
  }
};

const measured = async (
  hosts: Hosts,
  deploy: () => Promise<{ wall: number; cpu: number; residentMb: number; anonymousMb: number }>,
): Promise<Cost> => {
  await hosts.settled();
  const before = await hosts.look();
  const { wall, cpu, residentMb, anonymousMb } = await deploy();
  await hosts.settled();
  const after = await hosts.look();
  return {
    wall,
    cpu,
    residentMb,
    anonymousMb,
    hostsCpu: after.cpu - before.cpu,
    connections: (after.connections - before.connections) / hosts.count,
    commands: (after.commands - before.commands) / hosts.count,
    failedHandshakes: after.failedHandshakes - before.failedHandshakes,
  };
};

/** The median of one figure of a row. */
export const middle = ({ runs }: Row, figure: keyof Cost): number => median(runs.map((run) => run[figure]));
