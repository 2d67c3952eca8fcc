import type { Survey } from '../../../src/model/survey.ts';
import type { Task } from '../../../src/model/task.ts';
import { makePlan } from '../../../src/plan/make-plan.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { LocalFleet } from '../../run/local-fleet.ts';

const day = 86_400_000;

/** Real roots, with a clock of its own for the names of releases and hosts that can be blind to processes. */
export class DiskFleet extends LocalFleet {
  readonly blind = new Set<string>();
  /** Three weeks ago: some releases are old enough to be deleted by a blind host, some are not. */
  #time = Date.now() - 21 * day;

  constructor(hosts: readonly string[]) {
    super({ web: hosts });
  }

  get now(): Date {
    return new Date(this.#time);
  }

  /** The clock goes on, but never into the future: releases are as old as they say. */
  pass(milliseconds: number): void {
    this.#time = Math.min(this.#time + milliseconds, Date.now());
  }

  changeSight(host: string): void {
    if (!this.blind.delete(host)) this.blind.add(host);
  }

  override async survey(): Promise<Survey> {
    const seen = await super.survey();
    const hosts = seen.hosts.map((host) =>
      this.blind.has(host.host)
        ? { ...host, seesProcesses: false, releases: host.releases.map((each) => ({ ...each, inUse: false })) }
        : host,
    );
    return { ...seen, hosts };
  }

  override async plan(task: Task, params: Readonly<Record<string, unknown>> = {}): Promise<Plan> {
    const made = makePlan({
      task,
      environment: 'test',
      inventory: this.inventory,
      limit: undefined,
      params,
      settings: {},
      survey: await this.survey(),
      source: { commit: 'a'.repeat(40), ref: 'master', shipment: undefined },
      now: this.now,
    });
    if (!made.ok) throw new Error(made.failure.map(({ sentence }) => sentence).join('\n'));
    return made.value;
  }
}
