import type { Fleet } from '../../tests/fleet/index.ts';
import { familyOf } from '../../tests/fleet/processes.ts';
import { read } from '../../tests/fleet/state.ts';
import { Cgroup } from './cgroup.ts';

/** How often one host was used. */
export interface Use {
  readonly connections: number;
  /** Commands, shells and subsystems. */
  readonly commands: number;
}

/** A fleet whose hosts' CPU is counted. */
export class MeasuredHosts {
  readonly #fleet: Fleet;
  readonly #group: Cgroup;
  /** So many processes run while nobody deploys. */
  readonly #quiet: number;

  /** Takes all hosts into one group. They must not be booted again afterwards: a new first process is not in it. */
  constructor(fleet: Fleet) {
    this.#fleet = fleet;
    this.#group = new Cgroup('hosts');
    const state = read(fleet.folder);
    if (state === undefined) throw new Error(`${fleet.folder} holds no fleet`);
    for (const { pid } of familyOf(state.hosts.flatMap(({ processes }) => processes))) this.#group.enter(pid);
    this.#quiet = this.#group.pids().length;
  }

  cpuSeconds(): number {
    return this.#group.cpuSeconds();
  }

  /** One entry per host, in the fleet's order, since it was started. */
  used(): readonly Use[] {
    return this.#fleet.hosts.map((host) => ({ connections: host.connections(), commands: host.sessions() }));
  }

  /** Resolves when nothing runs that did not run before, so that what a tool left to be done is counted, too. */
  settled(patience = 5): Promise<void> {
    return this.#group.settled(this.#quiet, patience);
  }

  /** Ends the hosts' processes and the group; stop the fleet as well. */
  async remove(): Promise<void> {
    await this.#group.remove();
  }
}
