import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { releaseIdAt } from '../../../src/model/release-name.ts';
import type { Outcome } from '../../../src/run/outcome.ts';
import { DiskFleet } from './disk-fleet.ts';
import type { Event, Kind } from './events.ts';
import { judge } from './judge.ts';
import { meeting } from '../../run/local-fleet.ts';
import { readHost } from './read-host.ts';
import type { Tallies } from './tally.ts';
import { tasksWith, type Plans } from './tasks.ts';
import { newCopy, type Cleaning, type HostTruth, type Truth } from './truth.ts';

const hour = 3_600_000;

interface User {
  readonly host: string;
  readonly release: string;
  readonly child: ChildProcess;
}

/** A build of another run: it goes on until it is told to end. */
interface Build {
  readonly release: string;
  readonly end: () => void;
  readonly over: Promise<unknown>;
}

/** A fleet on disk: the real engine does what happens, and everything is read back from the disk. */
export class DiskLife {
  readonly #fleet: DiskFleet;
  readonly #hosts: readonly string[];
  readonly #tally: Tallies;
  readonly #users: User[] = [];
  #build: Build | undefined;

  constructor(hosts: readonly string[], tally: Tallies) {
    this.#hosts = hosts;
    this.#fleet = new DiskFleet(hosts);
    this.#tally = tally;
  }

  async happen(event: Event): Promise<void> {
    this.#fleet.pass(61_000);
    const done = await this.#acts[event.kind](event);
    this.#tally.events.add(done === false ? `${event.kind} (nothing to do it to)` : event.kind);
  }

  async close(): Promise<void> {
    this.#build?.end();
    await this.#build?.over;
    for (const { child } of this.#users) child.kill('SIGKILL');
    await this.#fleet.close();
  }

  readonly #acts: Readonly<Record<Kind, (event: Event) => Promise<boolean | void> | boolean | void>> = {
    nothing: () => undefined,
    deploy: (event) => this.#deploy(event, {}),
    'unrecorded deploy': (event) => this.#deploy(event, { skip_record: true }),
    hotfix: async (event) =>
      this.#truth().hosts.every(({ live }) => live !== undefined) && this.#deploy(event, {}, 'hotfix'),
    'failed build': async ({ host }) => {
      await this.#run('deploy', { failsOn: this.#name(host) }, { keep: 1 }, 1);
    },
    'failed restart': async ({ host }) => {
      await this.#run('deploy', { restartFailsOn: this.#name(host) }, { keep: 1 }, 1);
    },
    rollback: async () => {
      const before = this.#truth();
      const plan = await this.#fleet.plan(tasksWith({}).rollback).catch(() => undefined);
      if (plan === undefined) return false; // None to go back to: the plan says so.
      const { outcome } = await this.#fleet.carryOut(plan);
      expectStatus(outcome, 0);
      const gone = this.#missingSince(before);
      if (gone.length > 0) throw new Error(`a rollback deleted ${gone.join(', ')}`);
      return true;
    },
    'private release': async ({ which }) => {
      const past = new Date(Date.now() - hour);
      const pins = [undefined, new Date(Date.now() + 48 * hour), past, 'soon' as const];
      await this.#run('setupRelease', { pin: pins[which % pins.length] }, {}, 0);
    },
    'build begins elsewhere': async () => {
      if (this.#build !== undefined) return false;
      const begun = meeting(this.#hosts.length + 1);
      let end: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => (end = resolve));
      const plan = await this.#fleet.plan(tasksWith({ waits: () => begun().then(() => gate) }).setupRelease);
      const over = this.#fleet.carryOut(plan);
      await begun();
      this.#build = { release: plan.release?.id ?? '', end, over };
      return true;
    },
    'build ends elsewhere': async () => {
      if (this.#build === undefined) return false;
      this.#build.end();
      await this.#build.over;
      this.#build = undefined;
      return true;
    },
    clean: async ({ amount }) => {
      const before = this.#truth();
      const keep = keepOf(amount);
      await this.#run('clean', {}, { keep }, 0);
      this.#judge(before, { keep, published: undefined, before: liveIn(before) });
    },
    'time passes': ({ amount }) => this.#fleet.pass(amount * 5 * hour),
    'process starts': ({ host, which }) => {
      const name = this.#name(host);
      const release = pick([...this.#host(name).copies.keys()], which);
      if (release === undefined) return false;
      const child = spawn('sleep', ['600'], {
        cwd: join(this.#fleet.root(name), 'releases', release),
        stdio: 'ignore',
      });
      this.#users.push({ host: name, release, child });
      return true;
    },
    'process ends': async ({ which }) => {
      const user = pick(this.#users, which);
      if (user === undefined) return false;
      this.#users.splice(this.#users.indexOf(user), 1);
      const gone = new Promise((resolve) => user.child.once('exit', resolve));
      user.child.kill('SIGKILL');
      await gone;
      return true;
    },
    'RELEASES.txt unreadable': ({ host }) =>
      writeFileSync(this.#fleet.path(this.#name(host), 'RELEASES.txt'), '\0\x01torn'),
    'RELEASES.txt readable': () => undefined,
    'sight changes': ({ host }) => this.#fleet.changeSight(this.#name(host)),
    'copy lost': ({ host, which }) => {
      const name = this.#name(host);
      const { copies, live } = this.#host(name);
      const free = [...copies].filter(([id, { users, held }]) => id !== live && users === 0 && !held);
      const [lost] = pick(free, which) ?? [];
      if (lost !== undefined) rmSync(this.#fleet.path(name, `releases/${lost}`), { recursive: true });
      return lost !== undefined;
    },
    'stray directory': ({ host, which }) => {
      const stray = ['lost+found', '2026-13-01_00.00.00', 'a b'][which % 3] ?? '';
      const name = which % 2 === 0 ? stray : releaseIdAt(this.#fleet.now).slice(0, 16);
      mkdirSync(this.#fleet.path(this.#name(host), `releases/${name}`), { recursive: true });
    },
  };

  async #deploy(
    { amount }: Event,
    params: Record<string, unknown>,
    which: 'deploy' | 'hotfix' = 'deploy',
  ): Promise<boolean> {
    const before = this.#truth();
    const keep = keepOf(amount);
    const wereLive = liveIn(before);
    const { release } = await this.#run(which, {}, { ...params, keep }, 0);
    const id = release ?? '';
    // As it was when cleaning began: the new release live everywhere, and not recorded yet.
    for (const host of before.hosts) {
      host.copies.set(id, newCopy('built', { held: true }));
      host.live = id;
    }
    this.#judge(before, { keep, published: id, before: wereLive });
    return true;
  }

  async #run(
    which: keyof ReturnType<typeof tasksWith>,
    plans: Plans,
    params: Record<string, unknown>,
    status: number,
  ): Promise<Outcome> {
    const { outcome } = await this.#fleet.run(tasksWith(plans)[which], params);
    expectStatus(outcome, status);
    return outcome;
  }

  #judge(before: Truth, cleaning: Cleaning): void {
    const deleted = this.#missingSince(before);
    for (const reason of judge(before, cleaning, deleted).values()) this.#tally.kept.add(reason);
    for (const name of deleted) {
      const copies = before.hosts.flatMap(({ copies: all }) => [...all].filter(([id]) => id === name));
      this.#tally.deleted.add(
        copies.map(([, { stage }]) => stage).includes('building') ? 'never finished' : 'finished',
      );
    }
  }

  /** What is gone from any host; what is left must be whole, and no rest may lie about. */
  #missingSince({ hosts }: Truth): readonly string[] {
    const now = this.#truth();
    const gone = hosts.flatMap(({ name, copies }) => {
      const left = now.hosts.find((host) => host.name === name)?.copies;
      return [...copies.keys()].filter((id) => left?.has(id) !== true);
    });
    for (const { name, copies } of now.hosts) {
      const torn = [...copies].filter(
        ([id, { stage }]) => stage === 'built' && !existsSync(this.#fleet.path(name, `releases/${id}/version`)),
      );
      const trash = this.#fleet.path(name, '.fab/trash');
      const rest = existsSync(trash) ? readdirSync(trash) : [];
      if (torn.length + rest.length > 0)
        throw new Error(`${name}: half deleted: ${[...torn.map(([id]) => id), ...rest].join(', ')}`);
    }
    return [...new Set(gone)];
  }

  #truth(): Truth {
    return { hosts: this.#hosts.map((name) => this.#host(name)), now: Date.now() };
  }

  #host(name: string): HostTruth {
    return readHost(this.#fleet, name, {
      users: (id) => this.#users.filter(({ host, release }) => host === name && release === id).length,
      isHeld: (id) => this.#build?.release === id,
    });
  }

  #name(number: number): string {
    return this.#hosts[number % this.#hosts.length] ?? '';
  }
}

const keepOf = (amount: number): number => 1 + (amount % 4);

const pick = <T>(from: readonly T[], number: number): T | undefined => from[number % Math.max(1, from.length)];

const expectStatus = ({ status, sentence, failures }: Outcome, wanted: number): void => {
  if (status !== wanted)
    throw new Error(`exit status ${status}, not ${wanted}: ${sentence ?? ''} ${JSON.stringify(failures)}`);
};

const liveIn = ({ hosts }: Truth): ReadonlySet<string> =>
  new Set(hosts.flatMap(({ live }) => (live === undefined ? [] : [live])));
