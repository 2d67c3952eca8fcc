import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { pause } from '../../../src/run/pause.ts';
import { childrenOf, isKeeper } from './processes.ts';
import { Tally } from '../retention/tally.ts';
import type { Order, Report } from './words.ts';

/** One controller as the contest sees it; another process takes its name when it was killed. */
interface Player {
  readonly name: string;
  child: ChildProcess;
  lastHeard: number;
  /** The run that has the locks, as far as is known. */
  holds: string | undefined;
  stopped: boolean;
}

export interface ContestOptions {
  readonly folder: string;
  readonly hosts: readonly string[];
  readonly controllers: number;
  /** Ends when that many runs have had the locks. */
  readonly acquisitions: number;
  readonly lease: number;
  readonly pause: number;
  readonly stubborn: number;
  readonly unlocked?: boolean;
  /** Milliseconds between two faults, on average. */
  readonly between: number;
  /** Seconds after which it ends in any case. */
  readonly limit: number;
}

/** What happened, for the assertions and for the table. */
export interface Contest {
  readonly tally: Tally;
  readonly acquisitions: number;
  /** Runs that said that all was well. */
  readonly succeeded: readonly string[];
  readonly refusals: readonly string[];
  readonly failures: readonly string[];
  /** Controllers that said nothing for longer than any run may take. */
  readonly waiting: readonly string[];
  readonly seconds: number;
}

/** The longest that a run may take: a lease to be over, thirty seconds for stubborn commands, and its own work. */
const longest = 75_000;
const jiti = import.meta.resolve('jiti/register');
const program = new URL('./controller.ts', import.meta.url).pathname;

/** Lets controllers fight for the hosts while they are killed, stopped and cut off. */
export const contest = async (options: ContestOptions): Promise<Contest> => {
  const began = Date.now();
  const tally = new Tally();
  const succeeded: string[] = [];
  const refusals: string[] = [];
  const failures: string[] = [];
  const waiting = new Set<string>();
  let acquisitions = 0;
  let lives = 0;

  const hear = (player: Player, report: Report): void => {
    player.lastHeard = Date.now();
    if (report.kind === 'ready') return;
    if (report.kind === 'entered') {
      acquisitions += 1;
      player.holds = report.run;
      return;
    }
    player.holds = undefined;
    tally.add(`ended with ${report.status}`);
    if (report.status === 0) succeeded.push(report.run);
    else if (report.status === 3) refusals.push(report.sentence);
    else failures.push(report.sentence);
  };

  const born = (name: string): ChildProcess => {
    const { folder, hosts, lease, pause: longestPause, stubborn, unlocked = false } = options;
    const order: Order = {
      folder,
      hosts,
      lease,
      pause: longestPause,
      stubborn,
      unlocked,
      name: `${name}.${(lives += 1)}`,
    };
    return spawn(process.execPath, ['--import', jiti, program, JSON.stringify(order)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
  };

  const listen = (player: Player): void => {
    const { child } = player;
    child.stdin?.on('error', () => undefined);
    createInterface({ input: child.stdout! }).on('line', (line) => hear(player, JSON.parse(line) as Report));
  };

  const players = Array.from({ length: options.controllers }, (_, index): Player => {
    const name = `ana${index + 1}`;
    const player = { name, child: born(name), lastHeard: Date.now(), holds: undefined, stopped: false };
    listen(player);
    return player;
  });

  const isOver = (): boolean => acquisitions >= options.acquisitions || seconds(began) > options.limit;

  const misfortunes: readonly (readonly [string, (player: Player) => Promise<boolean>])[] = [
    ['controller killed', (player) => kill(player)],
    ['controller stopped for longer than the lease', (player) => stopProcess(player, player.child.pid)],
    ['channel cut', async (player) => signalOne(childrenOf(player.child.pid ?? 0), 'SIGKILL')],
    ['keeper killed', async (player) => signalOne(childrenOf(player.child.pid ?? 0).filter(isKeeper), 'SIGKILL')],
    [
      'keeper stopped for longer than the lease',
      (player) => stopProcess(player, childrenOf(player.child.pid ?? 0).find(isKeeper)),
    ],
  ];

  const kill = async (player: Player): Promise<boolean> => {
    player.child.kill('SIGKILL');
    player.holds = undefined;
    player.child = born(player.name);
    player.lastHeard = Date.now();
    listen(player);
    return true;
  };

  const stopProcess = async (player: Player, pid: number | undefined): Promise<boolean> => {
    if (pid === undefined || player.stopped) return false;
    player.stopped = true;
    signal(pid, 'SIGSTOP');
    void pause(options.lease * 1500).then(() => {
      signal(pid, 'SIGCONT');
      player.stopped = false;
      player.lastHeard = Date.now();
    });
    return true;
  };

  while (!isOver()) {
    await pause(Math.random() * 2 * options.between);
    for (const { name, stopped, lastHeard } of players)
      if (!stopped && Date.now() - lastHeard > longest) waiting.add(name);
    const able = players.filter(({ stopped }) => !stopped);
    const holding = able.filter(({ holds }) => holds !== undefined);
    const victim = pick(holding.length > 0 && Math.random() < 0.7 ? holding : able);
    const [name, strike] = pick(misfortunes)!;
    if (victim !== undefined && (await strike(victim)))
      tally.add(`${name}${victim.holds === undefined ? '' : ', holding the locks'}`);
  }
  await pause(options.lease * 1600); // Whoever was stopped goes on.
  const ended = players.map(({ child }) => new Promise((resolve) => child.once('exit', resolve)));
  for (const { child } of players) child.stdin?.end();
  await Promise.race([Promise.all(ended), wait(longest, undefined, { ref: false })]);
  for (const { name, child } of players)
    if (child.exitCode === null && child.signalCode === null) {
      waiting.add(name);
      child.kill('SIGKILL');
    }
  return { tally, acquisitions, succeeded, refusals, failures, waiting: [...waiting], seconds: seconds(began) };
};

const seconds = (since: number): number => (Date.now() - since) / 1000;

const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(Math.random() * from.length)];

const signalOne = (pids: readonly number[], name: NodeJS.Signals): boolean => {
  const pid = pick(pids);
  return pid !== undefined && signal(pid, name);
};

const signal = (pid: number, name: NodeJS.Signals): boolean => {
  try {
    return process.kill(pid, name);
  } catch {
    return false; // It has ended by itself.
  }
};
