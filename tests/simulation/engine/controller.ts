import type { Problem } from '../../../src/model/problem.ts';
import type { ReleaseId } from '../../../src/model/release.ts';
import type { Result } from '../../../src/model/result.ts';
import type { Survey, Unreachable } from '../../../src/model/survey.ts';
import type { Task } from '../../../src/model/task.ts';
import { aimedAgain, aimedAt, interruptedTarget } from '../../../src/plan/aim.ts';
import { makePlan } from '../../../src/plan/make-plan.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { resumeFrom } from '../../../src/plan/target.ts';
import type { Outcome } from '../../../src/run/outcome.ts';
import { runPlan } from '../../../src/run/run.ts';
import { Interrupted } from '../../../src/run/state.ts';
import { Fleet } from '../../../src/session/fleet.ts';
import { parseSurvey } from '../../../src/survey/parse.ts';
import { ConnectionFailed } from '../../../src/transport/errors.ts';
import { surroundings } from '../../run/surroundings.ts';
import { Link } from './link.ts';
import type { World } from './world.ts';

/** How one run ended. */
export type Ended =
  /** `meant`: the release of the plan that the person has seen. */
  | { readonly kind: 'returned'; readonly outcome: Outcome; readonly plan: Plan; readonly meant: ReleaseId | undefined }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] }
  | { readonly kind: 'killed' };

/** What a person types. */
export interface Asked {
  readonly task: Task;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface RunOptions {
  readonly name: string;
  readonly asked: Asked;
  readonly slowPercent: number;
  /** Before each message leaves: `count` counts those of this run, `nth` those of the same word. */
  readonly onSend: (controller: Controller, sent: { word: string; count: number; nth: number }) => void;
}

/** One person's `fab prod deploy` or `rollback`, from survey to outcome: the real engine over simulated links. */
export class Controller {
  readonly #world: World;
  readonly #options: RunOptions;
  readonly #links = new Map<string, Link>();
  readonly #fleet: Fleet;
  readonly #interrupt = new AbortController();
  readonly #words = new Map<string, number>();
  #sent = 0;
  #isDead = false;
  #tellKilled: () => void = () => undefined;

  constructor(world: World, options: RunOptions) {
    this.#world = world;
    this.#options = options;
    this.#fleet = new Fleet({ connect: async ({ name }) => this.#connect(name) });
  }

  async run(): Promise<Ended> {
    const killed = new Promise<Ended>((resolve) => (this.#tellKilled = () => resolve({ kind: 'killed' })));
    const ended = await Promise.race([this.#carryOut(), killed]);
    this.#say(ended.kind === 'returned' ? `ends with ${ended.outcome.status} ${ended.outcome.ending}` : ended.kind);
    return ended;
  }

  /** Gone, as after SIGKILL: what was sent may still arrive, then the connections end. */
  kill(): void {
    this.#isDead = true;
    for (const link of this.#links.values()) link.lose();
    this.#tellKilled();
  }

  /** Ctrl-C. */
  interrupt(): void {
    this.#interrupt.abort(new Interrupted('SIGINT'));
  }

  get links(): readonly Link[] {
    return [...this.#links.values()];
  }

  async #carryOut(): Promise<Ended> {
    try {
      const { asked } = this.#options;
      const planned = await this.#plan(asked);
      if (!planned.ok) return { kind: 'refused', problems: planned.failure };
      let plan = planned.value;
      const outcome = await runPlan(plan, this.#dependencies(plan), async ({ settled }) => {
        const again = await this.#plan(aimedAgain(asked, plan, settled), settled);
        if (again.ok) plan = again.value;
        return again;
      });
      return { kind: 'returned', outcome, plan, meant: planned.value.release?.id };
    } finally {
      await this.#fleet.close();
      for (const link of this.#links.values()) this.#world.links.delete(link);
    }
  }

  #connect(name: string): Link {
    const { hosts } = this.#world.inventory;
    const machine = this.#world.host(name);
    // Its code still runs here until it notices; it must not come back to life by connecting again.
    if (this.#isDead || !machine.isUp || this.#world.dark.has(name))
      throw new ConnectionFailed('timeout', `${name} does not answer.`);
    const link = new Link({
      host: hosts.find((host) => host.name === name)!,
      machine,
      run: this.#options.name,
      slowPercent: this.#options.slowPercent,
      onSend: (_host, word) => this.#onSend(word),
    });
    this.#links.set(name, link);
    this.#world.links.add(link);
    return link;
  }

  #onSend(word: string): void {
    this.#sent += 1;
    const nth = (this.#words.get(word) ?? 0) + 1;
    this.#words.set(word, nth);
    this.#options.onSend(this, { word, count: this.#sent, nth });
  }

  async #survey(): Promise<Survey> {
    const { hosts } = this.#world.inventory;
    const notReached = await Promise.all(hosts.map((host) => this.#fleet.connect(host, this.#interrupt.signal)));
    const unreachable: Unreachable[] = notReached.filter((each) => each !== undefined);
    const surveyed = await Promise.all(
      hosts
        .filter(({ name }) => this.#fleet.has(name))
        .map(async ({ name }) => {
          try {
            return [parseSurvey(name, (await this.#links.get(name)?.survey()) ?? '', new Date())];
          } catch (thrown) {
            unreachable.push({ host: name, sentence: (thrown as Error).message });
            return [];
          }
        }),
    );
    return { hosts: surveyed.flat(), unreachable, at: new Date() };
  }

  /** As src/program/plan.ts does it. */
  async #plan(typed: Asked, settled?: ReleaseId): Promise<Result<Plan, readonly Problem[]>> {
    const survey = await this.#survey();
    const interrupted = interruptedTarget(typed.task, survey);
    const { task, params } = aimedAt(typed, interrupted);
    const finishes = settled ?? interrupted;
    const resume = params['resume'] as boolean | string | undefined;
    const resumed = resume === undefined || resume === false ? undefined : resumeFrom('deploy', resume, survey.hosts);
    const commit = resumed?.commit ?? String(this.#world.clock.elapsed % 10).repeat(40);
    return makePlan({
      task,
      environment: 'test',
      inventory: this.#world.inventory,
      limit: undefined,
      params: { keep: 3, ...params },
      settings: {},
      survey,
      source: { commit, ref: 'master', shipment: undefined },
      ...(finishes === undefined ? {} : { finishes }),
      now: new Date(),
    });
  }

  #dependencies(plan: Plan): Parameters<typeof runPlan>[1] {
    const { inventory } = this.#world;
    return {
      ...surroundings(plan, { fleet: this.#fleet, inventory, machine: this.#options.name }),
      logDirectory: '/none',
      observe: (event) => {
        if (event.type === 'said') this.#say(event.sentence);
        if (event.type === 'host-failed')
          this.#say(`${event.step} failed on ${event.host}: ${JSON.stringify(event.failure)}`);
      },
      signal: this.#interrupt.signal,
      resurvey: () => this.#survey(),
    };
  }

  #say(sentence: string): void {
    this.#world.watch.tell(`${this.#world.clock.elapsed} ${this.#options.name}: ${sentence}`);
  }
}
