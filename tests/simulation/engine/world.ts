import type { Host } from '../../../src/model/host.ts';
import type { Inventory } from '../../../src/model/inventory.ts';
import type { PublishRecord } from '../../../src/model/publish-record.ts';
import { releaseIdAt } from '../../../src/model/release-name.ts';
import { Chance } from './chance.ts';
import { Clock } from './clock.ts';
import type { Link } from './link.ts';
import { rootOf, SimHost } from './sim-host.ts';
import { builtIn, recordOn, Watch } from './watch.ts';

/** Hosts, links, time and chance of one schedule. */
export class World {
  readonly clock = new Clock();
  readonly watch: Watch;
  readonly chance: Chance;
  readonly hosts: readonly SimHost[];
  readonly inventory: Inventory;
  /** Links that are open now, by run. */
  readonly links = new Set<Link>();
  /** Hosts that nobody reaches at the moment: their network is down. */
  readonly dark = new Set<string>();

  constructor(seed: number, keepsTrace: boolean) {
    this.watch = new Watch(keepsTrace);
    this.chance = new Chance(seed);
    const names = ['a1', 'b2', 'c3', 'd4'].slice(0, this.chance.pick([2, 3, 3, 3, 4]));
    this.hosts = names.map((name) => new SimHost(name, this.clock, this.chance, this.watch));
    this.watch.hosts = this.hosts;
    this.inventory = {
      hosts: names.map((name): Host => ({ name, address: name, connection: 'ssh', groups: ['web'], vars: {} })),
      groups: { all: names, web: names },
    };
    if (this.chance.is(0.8)) this.#deployedBefore();
  }

  host(name: string): SimHost {
    return this.hosts.find((host) => host.name === name)!;
  }

  /** Nothing is wrong any more, and all that was left running has had time to end. */
  async heal(): Promise<void> {
    this.dark.clear();
    for (const host of this.hosts) {
      host.disk.full = false;
      host.refusals = 0;
      host.failsToRestart = false;
      if (!host.isUp) host.boot();
    }
    for (const link of this.links) link.heal();
    await this.clock.pass(60_000);
  }

  crash(name: string, milliseconds: number): void {
    const host = this.host(name);
    if (!host.isUp) return;
    host.crash();
    for (const link of this.links) if (link.host.name === name) link.hostGone();
    this.clock.after(milliseconds, 'host', () => {
      if (!host.isUp) host.boot();
    });
  }

  cut(name: string, milliseconds: number): void {
    this.dark.add(name);
    const cut = [...this.links].filter(({ host }) => host.name === name);
    for (const link of cut) link.cut();
    this.clock.after(milliseconds, 'host', () => {
      this.dark.delete(name);
      for (const link of cut) link.heal();
    });
  }

  #deployedBefore(): void {
    const id = releaseIdAt(new Date(this.clock.now - 86_400_000));
    for (const host of this.hosts) {
      const { name, disk } = host;
      disk.write(builtIn(`releases/${id}`), '0'.repeat(40));
      disk.write(
        `releases/${id}/.fab/release.json`,
        JSON.stringify({
          version: 1,
          id,
          task: 'deploy',
          commit: '0'.repeat(40),
          ref: 'master',
          user: 'ana',
          machine: 'laptop',
          tool: 'before',
          createdAt: new Date(this.clock.now - 86_400_000).toISOString(),
          state: 'built',
          steps: [],
          params: {},
        }),
      );
      disk.write('RELEASES.txt', `${rootOf(name)}/releases/${id}\n`);
      disk.current = `releases/${id}`;
      host.serves = disk.current;
    }
  }

  /** How the hosts stand in the newest publish, in the words of its record. */
  standing(): string {
    const found = this.hosts.map((host) => ({ host, record: recordOn(host) }));
    const top = found.reduce<PublishRecord | undefined>(
      (best, { record }) => (record !== undefined && record.epoch > (best?.epoch ?? -1) ? record : best),
      undefined,
    );
    if (top === undefined) return 'no publish yet';
    const words = found.map(({ host, record }) => {
      if (record?.run !== top.run) {
        if (host.name in top.behind) return 'left out';
        return host.name in top.participants ? 'not told yet' : 'not part of it';
      }
      const isNew = host.disk.current === `releases/${top.release}`;
      return `${record.ended ?? record.phase}${isNew && record.ended === undefined ? ' and renamed' : ''}`;
    });
    return [...new Set(words)].sort().join(' + ');
  }
}
