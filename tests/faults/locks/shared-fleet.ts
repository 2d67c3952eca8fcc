import { join } from 'node:path';
import { sh } from '../../../src/model/command.ts';
import type { Inventory } from '../../../src/model/inventory.ts';
import { operation } from '../../../src/model/operation.ts';
import { noRelease } from '../../../src/model/release-choice.ts';
import type { Problem } from '../../../src/model/problem.ts';
import type { Result } from '../../../src/model/result.ts';
import { role } from '../../../src/model/role.ts';
import type { Survey } from '../../../src/model/survey.ts';
import { task, type Task } from '../../../src/model/task.ts';
import { makePlan } from '../../../src/plan/make-plan.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import type { RunEvent } from '../../../src/run/event.ts';
import type { Outcome } from '../../../src/run/outcome.ts';
import { runPlan } from '../../../src/run/run.ts';
import { Fleet } from '../../../src/session/fleet.ts';
import { createLocalTransport } from '../../../src/transport/index.ts';
import { surroundings, surveyRoots } from '../../run/surroundings.ts';

/** Roots that several controllers fight for, as one of them sees them. */
export class SharedFleet {
  readonly #inventory: Inventory;
  readonly #connections = new Fleet(createLocalTransport());
  readonly #folder: string;
  /** Looked at once: whoever comes too late is told so by the engine, and looks again. */
  #seen: Survey | undefined;

  constructor(folder: string, hosts: readonly string[]) {
    this.#folder = folder;
    this.#inventory = {
      hosts: hosts.map((name) => ({ name, address: '127.0.0.1', connection: 'local', groups: [], vars: {} })),
      groups: { all: hosts, web: hosts },
    };
  }

  async run(
    what: Task,
    user: string,
    { lease, observe }: { readonly lease: number; readonly observe: (event: RunEvent) => void },
  ): Promise<Outcome> {
    const made = await this.#plan(what, this.#seen);
    if (!made.ok) throw new Error(made.failure.map(({ sentence }) => sentence).join(' '));
    const plan = made.value;
    return runPlan(
      plan,
      {
        ...surroundings(plan, { fleet: this.#connections, inventory: this.#inventory, user }),
        lease,
        logDirectory: this.#folder,
        signal: new AbortController().signal,
        resurvey: () => this.#survey(),
        observe,
      },
      () => this.#plan(what, undefined),
    );
  }

  close(): Promise<void> {
    return this.#connections.close();
  }

  /** On what was seen last, or on a new look; a look that was cut short is not kept. */
  async #plan(what: Task, seen: Survey | undefined): Promise<Result<Plan, readonly Problem[]>> {
    const found = seen ?? (await this.#survey());
    this.#seen = found.unreachable.length === 0 ? found : undefined;
    return makePlan({
      task: what,
      environment: 'test',
      inventory: this.#inventory,
      limit: undefined,
      params: {},
      settings: {},
      survey: found,
      source: undefined,
      now: new Date(),
    });
  }

  #survey(): Promise<Survey> {
    return surveyRoots(this.#inventory, this.#connections, (host) => join(this.#folder, host));
  }
}

/** How often one step says that it is at work on one host. */
export const marksPerStep = 2;

/**
 * What must not overlap: on every host, marks in a file that all hosts share, some time apart. A
 * stubborn one does not end when it is asked to.
 */
export const criticalSection = (
  folder: string,
  run: string,
  { stubborn, unlocked = false }: { readonly stubborn: boolean; readonly unlocked?: boolean | undefined },
): Task => {
  const web = role('web');
  const step = (name: string, marks: number, pause: number) =>
    operation({
      name,
      roles: [web],
      run: ({ host }) =>
        host.run(
          sh`${stubborn ? 'trap' : ':'} '' TERM HUP; i=0; while [ $i -lt ${marks} ]; do echo ${`${run} ${host.name} ${name}`} >> ${join(folder, 'effects')}; sleep ${pause}; i=$((i+1)); done`,
        ),
    });
  return task({
    name: 'restart_services',
    description: '',
    release: noRelease,
    lock: unlocked ? 'none' : 'exclusive',
    steps: [step('enter', marksPerStep, stubborn ? 0.3 : 0.01), step('leave', marksPerStep, 0.01)],
  });
};
