import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host } from '../../src/model/host.ts';
import type { Inventory } from '../../src/model/inventory.ts';
import { ok } from '../../src/model/result.ts';
import type { During } from '../../src/model/step.ts';
import type { Survey } from '../../src/model/survey.ts';
import type { Task } from '../../src/model/task.ts';
import { hostsOfTask } from '../../src/plan/hosts-of-task.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { unfinishedPublish } from '../../src/plan/unfinished.ts';
import type { RunEvent } from '../../src/run/event.ts';
import type { Outcome } from '../../src/run/outcome.ts';
import type { Replan } from '../../src/run/ready.ts';
import { runPlan } from '../../src/run/run.ts';
import type { RunDependencies } from '../../src/run/state.ts';
import { Fleet } from '../../src/session/fleet.ts';
import { createLocalTransport } from '../../src/transport/index.ts';
import { surroundings, surveyRoots } from './surroundings.ts';

/** One run: how it ended, and everything that was said on the way. */
export interface Ran {
  readonly outcome: Outcome;
  readonly events: readonly RunEvent[];
}

/**
 * Hosts that are all this machine, each with a root of its own: the real survey, plan, keepers and
 * commands, without a network.
 */
export class LocalFleet {
  readonly folder = mkdtempSync(join(tmpdir(), 'fab-run-'));
  readonly inventory: Inventory;
  readonly connections: Fleet;
  #clock = Date.UTC(2026, 10, 20, 12, 0, 0);

  constructor(groups: Readonly<Record<string, readonly string[]>>) {
    const names = [...new Set(Object.values(groups).flat())];
    const hosts = names.map((name): Host => ({
      name,
      address: '127.0.0.1',
      connection: 'local',
      groups: [],
      vars: {},
    }));
    this.inventory = { hosts, groups: { all: names, ...groups } };
    for (const name of names) mkdirSync(this.root(name));
    this.connections = new Fleet(createLocalTransport());
  }

  root(host: string): string {
    return join(this.folder, host);
  }

  path(host: string, file: string): string {
    return join(this.root(host), file);
  }

  survey(): Promise<Survey> {
    return surveyRoots(this.inventory, this.connections, (host) => this.root(host));
  }

  /** As a real plan has it: the hosts of the task, and those that took part in a publish to be finished first. */
  async #surveyFor(task: Task): Promise<Survey> {
    const found = await this.survey();
    const of = (names: readonly string[]): Survey => ({
      ...found,
      hosts: found.hosts.filter(({ host }) => names.includes(host)),
      unreachable: found.unreachable.filter(({ host }) => names.includes(host)),
    });
    const asked = hostsOfTask(task, this.inventory, undefined);
    const missing = task.lock === 'exclusive' ? (unfinishedPublish(of(asked).hosts)?.missing ?? []) : [];
    return of([...asked, ...missing]);
  }

  /** Plans ten seconds after the last plan, so that every run has a name of its own. */
  async plan(
    task: Task,
    params: Readonly<Record<string, unknown>> = {},
    durings: readonly During[] = [],
  ): Promise<Plan> {
    this.#clock += 10_000;
    const made = makePlan({
      task,
      environment: 'test',
      inventory: this.inventory,
      limit: undefined,
      params,
      settings: {},
      survey: await this.#surveyFor(task),
      source: { commit: 'a'.repeat(40), ref: 'master', shipment: undefined },
      durings,
      now: new Date(this.#clock),
    });
    if (!made.ok) throw new Error(made.failure.map(({ sentence }) => sentence).join('\n'));
    return made.value;
  }

  async run(
    task: Task,
    params: Readonly<Record<string, unknown>> = {},
    more: Partial<RunDependencies> = {},
  ): Promise<Ran> {
    return this.carryOut(await this.plan(task, params), more);
  }

  async carryOut(
    plan: Plan,
    more: Partial<RunDependencies> = {},
    replan: Replan = async () => ok(await this.plan(plan.task, plan.params)),
  ): Promise<Ran> {
    const events: RunEvent[] = [];
    const outcome = await runPlan(
      plan,
      {
        ...surroundings(plan, { fleet: this.connections, inventory: this.inventory }),
        logDirectory: this.folder,
        signal: new AbortController().signal,
        resurvey: () => this.survey(),
        ...more,
        observe: (event) => {
          events.push(event);
          more.observe?.(event);
        },
      },
      replan,
    );
    return { outcome, events };
  }

  async close(): Promise<void> {
    await this.connections.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A place where some wait until all have come. */
export const meeting = (size: number): (() => Promise<void>) => {
  let open: () => void = () => undefined;
  const all = new Promise<void>((resolve) => (open = resolve));
  let come = 0;
  return () => {
    come += 1;
    if (come === size) open();
    return all;
  };
};

/** The events of steps as words, in their order: `build ok web1`. */
export const wordsOf = (events: readonly RunEvent[]): readonly string[] =>
  events.flatMap((event) => {
    switch (event.type) {
      case 'step-started':
        return [`${event.step} begins`];
      case 'step-finished':
        return [`${event.step} ${event.ok ? 'ends' : 'fails'}`];
      case 'step-skipped':
        return [`${event.step} skipped: ${event.because}`];
      case 'host-started':
        return [`${event.step} on ${event.host}`];
      case 'host-succeeded':
        return [`${event.step} ok ${event.host}`];
      case 'host-failed':
        return [`${event.step} failed ${event.host}`];
      case 'host-skipped':
        return [`${event.step} done before ${event.host}`];
      default:
        return [];
    }
  });
