import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { runController, type CommandLine } from '../measure/controller.ts';
import { busySeconds } from '../measure/machine.ts';
import { sharpenTimes, swapSkew } from '../measure/swap.ts';
import { objections, type Expected } from './checker.ts';
import type { Lab } from './lab.ts';
import type { Place, Ready, Tool } from './tools/tool.ts';

/** Everything that was measured about one deploy. */
export interface Measured {
  /** Seconds. */
  readonly wall: number;
  /** CPU seconds, user and system: of the controller and all that it started; of all hosts together. */
  readonly controllerCpu: number;
  readonly hostsCpu: number;
  /** CPU seconds that this machine worked during the deploy for anything else. */
  readonly foreignCpu: number;
  /** The controller's peaks, in MB. */
  readonly anonymousMb: number;
  readonly residentMb: number;
  /** The most that any host saw. */
  readonly connections: number;
  readonly commands: number;
  /** Milliseconds between the first and the last host's new `current`; nothing where a host has none. */
  readonly skew: number | undefined;
  /** What is not as it should be; a row with any is void. */
  readonly objections: readonly string[];
}

/** A tool at its place in a lab. */
export interface Contestant {
  readonly tool: Tool;
  readonly place: Place;
  readonly deploy: (commit: string) => Ready;
}

/** A deploy as it is typed, in surroundings that are the same on every machine. */
export const commandLine = ({ place }: Contestant, { program, words, env }: Ready): CommandLine => ({
  program,
  words,
  cwd: place.folder,
  env: {
    PATH: process.env['PATH'],
    LANG: 'C.UTF-8',
    HOME: place.folder,
    NO_COLOR: '1',
    GIT_CONFIG_NOSYSTEM: '1',
    ...env,
  },
});

/** Deploys once, waits until the hosts are at rest, then judges every host. */
export const measureDeploy = async (
  lab: Lab,
  contestant: Contestant,
  expected: Omit<Expected, 'root'>,
): Promise<Measured> => {
  const { tool, place } = contestant;
  const { hosts } = lab.fleet;
  const line = commandLine(contestant, contestant.deploy(expected.commit));
  const before = lab.hosts.used();
  const blunt = sharpenTimes();
  await pause(20);
  const hostsBegin = lab.hosts.cpuSeconds();
  const counted = (): number => lab.hosts.cpuSeconds() + lab.servicesCpu();
  const [busyBegin, countedBegin] = [busySeconds(), counted()];
  let foreignCpu = 0;
  const run = await runController(line, {
    log: join(place.folder, 'log'),
    onEnd: (cpu) => (foreignCpu = busySeconds() - busyBegin - (counted() - countedBegin) - cpu),
  });
  await lab.hosts.settled();
  blunt();
  const used = lab.hosts.used().map(({ connections, commands }, index) => ({
    connections: connections - (before[index]?.connections ?? 0),
    commands: commands - (before[index]?.commands ?? 0),
  }));
  const links = hosts.map((host) => host.path(join(place.root, 'current')));
  return {
    wall: run.wall,
    controllerCpu: run.cpu,
    hostsCpu: lab.hosts.cpuSeconds() - hostsBegin,
    foreignCpu,
    anonymousMb: run.anonymousMb,
    residentMb: run.residentMb,
    connections: Math.max(...used.map(({ connections }) => connections)),
    commands: Math.max(...used.map(({ commands }) => commands)),
    skew: skewOf(links),
    objections: [
      ...(run.status === 0 ? [] : [`exit ${String(run.status)}: ${run.said.trimEnd().slice(-600)}`]),
      ...hosts.flatMap((host) =>
        objections((path) => host.path(path), { ...expected, root: place.root }, tool.records).map(
          (sentence) => `${host.name}: ${sentence}`,
        ),
      ),
    ],
  };
};

const skewOf = (links: readonly string[]): number | undefined => {
  try {
    return swapSkew(links);
  } catch {
    return undefined;
  }
};
