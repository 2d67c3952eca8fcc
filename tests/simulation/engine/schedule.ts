import type { Outcome } from '../../../src/run/outcome.ts';
import { Controller, type Asked, type Ended } from './controller.ts';
import { cause, chooseFaults, isDue, type Fault } from './faults.ts';
import { entropy } from './entropy.ts';
import type { Planted } from './sim-host.ts';
import { deploy, rollback } from './tasks.ts';
import { World } from './world.ts';

export interface PlayOptions {
  /** Keeps what happened, line by line. */
  readonly trace?: boolean;
  /** A fault that every keeper has. */
  readonly planted?: Planted;
}

/** What became of one schedule. */
export interface Played {
  readonly seed: number;
  readonly violations: readonly string[];
  /** What happened, when a trace was asked for. */
  readonly lines: readonly string[];
  /** How the hosts stood when each run was over. */
  readonly standings: readonly string[];
  readonly faults: readonly string[];
  readonly statuses: readonly string[];
}

/** One schedule: a deploy with faults, mostly other runs over what is left of it, and one that reaches all. */
export const play = async (seed: number, { trace = false, planted }: PlayOptions = {}): Promise<Played> => {
  const world = new World(seed, trace);
  entropy.drawn = 0;
  for (const host of world.hosts) host.planted = planted;
  world.clock.install();
  const played = new Schedule(world);
  try {
    await played.all();
  } catch (thrown) {
    world.watch.broken(`simulation: ${(thrown as Error).stack ?? String(thrown)}`);
  } finally {
    world.clock.uninstall();
  }
  const { violations, lines } = world.watch;
  const { standings, faults, statuses } = played;
  return { seed, violations, lines, standings, faults, statuses };
};

class Schedule {
  readonly standings: string[] = [];
  readonly faults: string[] = [];
  readonly statuses: string[] = [];
  readonly #world: World;
  #runs = 0;

  constructor(world: World) {
    this.#world = world;
  }

  async all(): Promise<void> {
    const { chance, clock } = this.#world;
    await this.#disturbed(deploying(chance.is(0.3) ? { on_failure: 'rollback' } : {}));
    if (chance.is(0.2)) await this.#race();
    for (let more = chance.pick([0, 1, 1, 2]); more > 0; more -= 1) {
      this.#someDown();
      await clock.pass(chance.pick([0, 3000, 20_000, 40_000]));
      const leaving = chance.is(0.6) ? { when_unreachable: 'leave' } : {};
      if (chance.is(0.25)) await this.#disturbed({ task: rollback, params: leaving });
      else await this.#disturbed(deploying({ ...this.#resuming(), ...leaving }));
    }
    await this.#world.heal();
    this.#nothingLeft('nothing runs on');
    await this.#last();
  }

  /** What was gone back from is resumed by its name only. */
  #resuming(): Asked['params'] {
    const { chance, hosts } = this.#world;
    if (!chance.is(0.7)) return {};
    const newest = hosts
      .flatMap(({ disk }) => disk.under('releases'))
      .sort()
      .at(-1);
    return { resume: newest !== undefined && chance.is(0.4) ? newest : true };
  }

  /** Nothing is in the way of the last one: it must end whole. */
  async #last(): Promise<void> {
    const { clock, watch, hosts, chance } = this.#world;
    let ended = await this.#run(deploying({ resume: chance.is(0.7) }), []);
    if (isRefused(ended)) ended = await this.#run(deploying(), []);
    const status = ended.kind === 'returned' ? ended.outcome.status : ended.kind;
    if (status !== 0) watch.broken(`always resumable: the last run ends with ${status}${whyOf(ended)}`);
    if (new Set(hosts.map(({ disk }) => disk.current)).size !== 1)
      watch.broken(`whole or not at all: the fleet is split at the end`);
    await clock.pass(60_000);
    this.#nothingLeft('one run at a time');
  }

  /** A minute later nothing of a run is left, however it ended. */
  #nothingLeft(promise: 'one run at a time' | 'nothing runs on'): void {
    for (const { name, locks, processes } of this.#world.hosts)
      if (locks.size > 0 || processes.size > 0)
        this.#world.watch.broken(
          `${promise}: something still runs on ${name}, or holds ${[...locks.keys()].join(', ')}`,
        );
  }

  /** Hosts that are down when the next run begins. */
  #someDown(): void {
    const { chance, hosts } = this.#world;
    for (const { name } of hosts)
      if (chance.is(0.15)) this.#world.crash(name, 1_000_000);
      else if (chance.is(0.05)) this.#world.cut(name, 200_000);
  }

  async #disturbed(asked: Asked): Promise<Ended> {
    return this.#run(asked, chooseFaults(this.#world, 2));
  }

  /** Two people at once: one of them waits or is refused. */
  async #race(): Promise<void> {
    const { clock, chance } = this.#world;
    const asked = chance.is(0.3) ? { task: rollback, params: {} } : deploying();
    const second = this.#controller(asked, chooseFaults(this.#world, 1));
    const first = this.#controller(deploying({ resume: chance.is(0.5) }), chooseFaults(this.#world, 1));
    const judged = async (controller: Controller): Promise<void> => this.#judge(await controller.run());
    await clock.run(Promise.all([judged(first), judged(second)]));
  }

  async #run(asked: Asked, faults: readonly Fault[]): Promise<Ended> {
    const ended = await this.#world.clock.run(this.#controller(asked, faults).run());
    this.#judge(ended);
    return ended;
  }

  #controller(asked: Asked, faults: readonly Fault[]): Controller {
    const { chance } = this.#world;
    this.#runs += 1;
    const open = new Set(faults);
    return new Controller(this.#world, {
      name: `run${this.#runs}`,
      asked,
      slowPercent: chance.pick([0, 0, 2, 10]),
      onSend: (controller, sent) => {
        for (const fault of [...open].filter((each) => isDue(each, sent))) {
          open.delete(fault);
          this.faults.push(fault.sort);
          cause(this.#world, controller, fault);
        }
      },
    });
  }

  /** What an exit status claims must be so at this moment. */
  #judge(ended: Ended): void {
    const { watch, hosts } = this.#world;
    this.standings.push(this.#world.standing());
    this.statuses.push(ended.kind === 'returned' ? String(ended.outcome.status) : ended.kind);
    if (ended.kind !== 'returned') return;
    const { outcome, plan, meant } = ended;
    const on = hosts.filter(({ name }) => plan.releaseHosts.includes(name));
    const shown = new Set(on.map(({ disk }) => disk.current));
    if (outcome.status === 0) {
      if (shown.size !== 1 || !shown.has(`releases/${plan.release?.id ?? ''}`))
        watch.broken(
          `exit 0 is true: exit 0 for ${plan.release?.id ?? ''}, and the hosts show ${[...shown].join(', ')}`,
        );
      for (const { name, serves } of on)
        if (serves !== `releases/${plan.release?.id ?? ''}`)
          watch.broken(
            `exit 0 is true: exit 0 for ${plan.release?.id ?? ''}, and ${name} still runs ${serves ?? 'nothing'}`,
          );
      watch.promise(`releases/${plan.release?.id ?? ''}`);
      if (plan.task === rollback && plan.release?.id !== meant)
        watch.broken(
          `exit 0 is true: exit 0 for a way back to ${plan.release?.id ?? ''}, and ${meant ?? 'nothing'} was shown`,
        );
    }
    if (outcome.status === 1 && on.length === hosts.length && shown.size !== 1)
      watch.broken(`whole or not at all: exit 1, and the hosts show ${[...shown].join(', ')}`);
  }
}

const deploying = (params: Asked['params'] = {}): Asked => ({ task: deploy, params });

/** There is nothing to resume: said at once, or once an interrupted way back was finished. */
const isRefused = (ended: Ended): boolean =>
  ended.kind === 'refused' ||
  (ended.kind === 'returned' && (ended.outcome.sentence ?? '').includes('nothing else was begun'));

const whyOf = (ended: Ended): string => {
  switch (ended.kind) {
    case 'refused':
      return `: ${ended.problems.map(({ sentence }) => sentence).join(' ')}`;
    case 'killed':
      return '';
    case 'returned':
      return `: ${ended.outcome.sentence ?? ''} ${failuresOf(ended.outcome)}`;
  }
};

const failuresOf = ({ failures }: Outcome): string =>
  failures.map(({ step, host, failure }) => `${step} on ${host}: ${JSON.stringify(failure)}`).join(' ');
