import type { ReleaseId } from '../../../src/model/release.ts';
import { releaseIdAt } from '../../../src/model/release-name.ts';
import type { HostSurvey } from '../../../src/model/survey.ts';
import { afterPublishing, decideRetention, liveOn, rollbackTargetOn } from '../../../src/plan/retention.ts';
import { rollbackTarget } from '../../../src/plan/rollback.ts';
import { live, record, release, surveyed } from '../../plan/builders.ts';
import type { Event, Kind } from './events.ts';
import { judge } from './judge.ts';
import type { Tallies } from './tally.ts';
import { namesIn, newCopy, newTruth, wayBack, type Cleaning, type Copy, type HostTruth, type Truth } from './truth.ts';

const hour = 3_600_000;

/** What a survey would say of a host that is so. */
const look = ({ name, copies, live: current, records, readable, sees }: HostTruth): HostSurvey =>
  surveyed(name, {
    current: current === undefined ? { kind: 'absent' } : { ...live(current), exists: copies.has(current) },
    recorded: readable ? [...records] : ['README', ''],
    seesProcesses: sees,
    releases: [...copies].map(([id, { stage, pins, users, held }]) =>
      release(id, {
        record: stage === 'foreign' ? undefined : record(id, { state: stage }),
        pinnedUntil: pins.includes('forever')
          ? 'forever'
          : pins.length === 0
            ? undefined
            : new Date(Math.max(...pins.map(Number))),
        inUse: users > 0 && sees,
        locked: held,
      }),
    ),
  });

/** A fleet in memory: events change what is true of it, and the real decision says what is deleted. */
export class MemoryFleet {
  readonly truth: Truth;
  readonly #tally: Tallies;

  constructor(hosts: number, tally: Tallies) {
    const names = Array.from({ length: hosts }, (_, index) => `web${index + 1}`);
    this.truth = newTruth(names, Date.UTC(2026, 0, 1));
    this.#tally = tally;
  }

  happen(event: Event): void {
    this.truth.now += 61_000;
    const done = this.#acts[event.kind](event);
    this.#tally.events.add(done === false ? `${event.kind} (nothing to do it to)` : event.kind);
  }

  readonly #acts: Readonly<Record<Kind, (event: Event) => boolean | void>> = {
    nothing: () => undefined,
    deploy: (event) => this.#deploy(event, true),
    'unrecorded deploy': (event) => this.#deploy(event, false),
    hotfix: (event) =>
      this.truth.hosts.every(({ live: current }) => current !== undefined) && this.#deploy(event, true),
    'failed build': ({ host, which }) => {
      const { hosts } = this.truth;
      const id = this.#newId();
      // Some hosts never came so far as to make the directory.
      for (const each of hosts.slice(0, 1 + (which % hosts.length))) each.copies.set(id, newCopy('building'));
      const failing = hosts[host % hosts.length]?.copies.get(id);
      if (failing !== undefined) failing.stage = which % 2 === 0 ? 'failed' : 'built';
    },
    'failed restart': () => {
      const id = this.#newId();
      for (const host of this.truth.hosts) {
        host.copies.set(id, newCopy('built'));
        host.live = id;
      }
    },
    rollback: () => this.#rollBack(),
    'private release': ({ host, which, amount }) => {
      const pins = [[], [this.truth.now + amount * 24 * hour], [this.truth.now + 2 * hour], ['forever' as const]];
      this.#onSome(host, this.#newId(), () => newCopy('built', { pins: pins[which % pins.length] ?? [] }));
    },
    'build begins elsewhere': ({ host, which }) => {
      const old = this.#copy(host, which);
      // A durable step holds a release that is there; a build makes one.
      if (which % 3 === 0 && old !== undefined) old.held = true;
      else this.#onSome(host, this.#newId(), () => newCopy('building', { held: true }));
    },
    'build ends elsewhere': ({ which }) => this.#endBuilding(which),
    clean: ({ amount }) => this.#clean(keepOf(amount), undefined, this.truth.hosts.map(look)),
    'time passes': ({ amount, which }) => {
      this.truth.now += amount * (which % 3 === 0 ? 24 : 1) * hour;
    },
    'process starts': ({ host, which }) => this.#change(host, which, (copy) => (copy.users += 1)),
    'process ends': ({ which }) => {
      const used = this.#copies(({ users }) => users > 0);
      const copy = used[which % Math.max(1, used.length)];
      if (copy === undefined) return false;
      copy.users -= 1;
      return true;
    },
    'RELEASES.txt unreadable': ({ host }) => {
      this.#host(host).readable = false;
    },
    'RELEASES.txt readable': ({ host }) => {
      this.#host(host).readable = true;
    },
    'sight changes': ({ host }) => {
      const one = this.#host(host);
      one.sees = !one.sees;
    },
    'copy lost': ({ host, which }) => {
      const { copies } = this.#host(host);
      return copies.delete([...copies.keys()][which % Math.max(1, copies.size)] ?? '');
    },
    'stray directory': ({ host, which }) => {
      const name = ['lost+found', '2026-13-01_00.00.00', 'a b'][which % 3] ?? '';
      const foreign = which % 2 === 0 ? name : releaseIdAt(new Date(this.truth.now)).slice(0, 16);
      this.#host(host).copies.set(foreign, newCopy('foreign'));
    },
  };

  #deploy({ amount }: Event, recorded: boolean): void {
    const id = this.#newId();
    const { hosts } = this.truth;
    const before = liveOn(hosts.map(look));
    for (const host of hosts) {
      host.copies.set(id, newCopy('built', { held: true }));
      host.live = id;
    }
    // Cleaning looks afresh: the new release is live by then and not recorded yet.
    this.#clean(keepOf(amount), id, afterPublishing(hosts.map(look), id), before);
    for (const { copies, records } of hosts) {
      copies.get(id)!.held = false;
      if (recorded) records.push(id);
    }
  }

  #rollBack(): boolean {
    const { hosts } = this.truth;
    const surveys = hosts.map(look);
    for (const [index, host] of hosts.entries()) {
      const own = rollbackTargetOn(surveys[index]!);
      if (host.readable && own !== wayBack(host))
        throw new Error(`${host.name} would go back to ${own ?? 'none'}, not to ${wayBack(host) ?? 'none'}`);
    }
    const target = rollbackTarget(surveys);
    if (target === undefined) return false;
    for (const host of hosts) {
      host.live = target;
      const at = host.readable ? host.records.lastIndexOf(target) : -1;
      host.records = at < 0 ? [...host.records, target] : host.records.slice(0, at + 1);
    }
    return true;
  }

  #clean(
    keep: number,
    published: ReleaseId | undefined,
    surveys: readonly HostSurvey[],
    before: ReadonlySet<string> = liveOn(surveys),
  ): void {
    const cleaning: Cleaning = { keep, published, before };
    const { verdicts } = decideRetention({
      hosts: surveys,
      keep,
      building: published,
      before,
      now: new Date(this.truth.now),
    });
    const deleted = verdicts.filter((verdict) => !verdict.keep).map(({ name }) => name);
    for (const reason of judge(this.truth, cleaning, deleted).values()) this.#tally.kept.add(reason);
    for (const { name, reason } of verdicts.filter((verdict) => !verdict.keep)) {
      this.#tally.deleted.add(reason);
      for (const { copies } of this.truth.hosts) copies.delete(name);
    }
  }

  #endBuilding(which: number): boolean {
    const names = namesIn(this.truth).filter((name) =>
      this.truth.hosts.some(({ copies }) => copies.get(name)?.held === true),
    );
    const name = names[which % Math.max(1, names.length)] ?? '';
    for (const { copies } of this.truth.hosts) {
      const copy = copies.get(name);
      if (copy === undefined) continue;
      copy.held = false;
      if (copy.stage === 'building') copy.stage = which % 2 === 0 ? 'built' : 'failed';
    }
    return names.length > 0;
  }

  #newId(): ReleaseId {
    return releaseIdAt(new Date(this.truth.now));
  }

  #host(number: number): HostTruth {
    return this.truth.hosts[number % this.truth.hosts.length]!;
  }

  #copy(host: number, which: number): Copy | undefined {
    const copies = [...this.#host(host).copies.values()];
    return copies[which % Math.max(1, copies.length)];
  }

  #copies(are: (copy: Copy) => boolean): readonly Copy[] {
    return this.truth.hosts.flatMap(({ copies }) => [...copies.values()].filter(are));
  }

  #change(host: number, which: number, act: (copy: Copy) => unknown): boolean {
    const copy = this.#copy(host, which);
    if (copy !== undefined) act(copy);
    return copy !== undefined;
  }

  /** On one host, or on all: a private release is made where a person asks for it. */
  #onSome(number: number, id: string, make: () => Copy): void {
    const chosen = number % 4 === 3 ? this.truth.hosts : [this.#host(number)];
    for (const { copies } of chosen) copies.set(id, make());
  }
}

const keepOf = (amount: number): number => 1 + (amount % 5);
