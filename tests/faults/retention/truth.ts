import { releaseDate } from '../../../src/model/release.ts';

/** One directory under `releases/` on one host, as it is: not as a survey sees it. */
export interface Copy {
  /** `foreign`: another tool's, without a record. */
  stage: 'building' | 'failed' | 'built' | 'foreign';
  readonly pins: (number | 'forever')[];
  /** Processes that run from it. */
  users: number;
  /** Another run builds in it. */
  held: boolean;
}

/** What is true of one host. */
export interface HostTruth {
  readonly name: string;
  readonly copies: Map<string, Copy>;
  live: string | undefined;
  /** RELEASES.txt, whether it can be read or not. */
  records: string[];
  readable: boolean;
  /** Whether processes can be seen there. */
  sees: boolean;
}

export interface Truth {
  readonly hosts: readonly HostTruth[];
  /** Milliseconds. */
  now: number;
}

export const newTruth = (names: readonly string[], now: number): Truth => ({
  hosts: names.map((name) => ({
    name,
    copies: new Map(),
    live: undefined,
    records: [],
    readable: true,
    sees: true,
  })),
  now,
});

export const newCopy = (stage: Copy['stage'], more: Partial<Copy> = {}): Copy => ({
  stage,
  pins: [],
  users: 0,
  held: false,
  ...more,
});

/** Names of all directories, oldest first. */
export const namesIn = ({ hosts }: Truth): readonly string[] =>
  [...new Set(hosts.flatMap(({ copies }) => [...copies.keys()]))].sort();

/** What a cleaning is asked to do, and the run that does it. */
export interface Cleaning {
  readonly keep: number;
  /** The release that the cleaning run has made and published. */
  readonly published: string | undefined;
  /** What was live anywhere when the run began. */
  readonly before: ReadonlySet<string>;
}

const moments = new Map<string, number | undefined>();
/** When a release was made; undefined for a directory that is none. Every name is asked for thousands of times. */
const madeAt = (name: string): number | undefined => {
  if (!moments.has(name)) moments.set(name, releaseDate(name)?.getTime());
  return moments.get(name);
};
const isReleaseId = (name: string): boolean => madeAt(name) !== undefined;

const blindMilliseconds = 7 * 86_400_000;

/** What a rollback would go back to: the newest one recorded before the live one that is there. */
export const wayBack = ({ live, records, copies }: HostTruth): string | undefined => {
  if (live === undefined) return undefined;
  const end = records.includes(live) ? records.lastIndexOf(live) : records.length;
  for (let at = end - 1; at >= 0; at -= 1) {
    const name = records[at] ?? '';
    if (name !== live && copies.has(name)) return name;
  }
  return undefined;
};

/** What a rollback of the fleet goes back to: the newest that was live anywhere and lies complete everywhere. */
const fleetWayBack = ({ hosts }: Truth): string | undefined => {
  const concerned = hosts.filter(({ live }) => live !== undefined);
  const were = concerned.flatMap(({ live, records, readable }) => {
    if (!readable) return [];
    const end = records.lastIndexOf(live ?? '');
    return (end < 0 ? records : records.slice(0, end)).filter((name) => name !== live);
  });
  const isComplete = (name: string): boolean =>
    concerned.every(({ copies }) => ['built', 'foreign'].includes(copies.get(name)?.stage ?? 'gone'));
  return were
    .filter((name) => isComplete(name) && concerned.some(({ live }) => live !== name))
    .sort()
    .at(-1);
};

/** Successful for all that can be read, present somewhere, newest first. */
const knownSuccesses = (truth: Truth, { published }: Cleaning): readonly string[] => {
  const known = new Set([published]);
  for (const { readable, records } of truth.hosts) if (readable) for (const name of records) known.add(name);
  return namesIn(truth)
    .filter((name) => isReleaseId(name) && known.has(name))
    .reverse();
};

/** Why each release that must stay must stay, said without looking at how it is decided. */
export const needed = (truth: Truth, cleaning: Cleaning): ReadonlyMap<string, string> => {
  const why = new Map<string, string>();
  const keep = (name: string | undefined, reason: string): void => {
    if (name !== undefined && !why.has(name)) why.set(name, reason);
  };
  const successes = knownSuccesses(truth, cleaning);
  keep(cleaning.published, 'being built');
  keep(fleetWayBack(truth), 'needed for rollback');
  for (const host of truth.hosts) {
    keep(host.live, 'live');
    const canBeKnown =
      host.readable ||
      successes.length < cleaning.keep ||
      truth.hosts.some((other) => other.readable && wayBack(other) === wayBack(host));
    if (canBeKnown) keep(wayBack(host), 'needed for rollback');
    for (const [name, copy] of host.copies) {
      if (!isReleaseId(name)) keep(name, 'no release of ours');
      if (copy.pins.some((until) => until === 'forever' || until > truth.now)) keep(name, 'pinned');
      if (copy.held) keep(name, 'built by another run');
      if (copy.users > 0 && (host.sees || isYoung(truth, name))) keep(name, host.sees ? 'in use' : 'in use, unseen');
    }
  }
  for (const name of cleaning.before) keep(name, 'live before');
  for (const name of successes.slice(0, cleaning.keep)) keep(name, 'one of the newest');
  return why;
};

const isYoung = ({ now }: Truth, name: string): boolean => now - (madeAt(name) ?? 0) < blindMilliseconds;

/** What no reading of the promises keeps: a cleaning that leaves it is idle. */
export const surelyGarbage = (truth: Truth, cleaning: Cleaning): readonly string[] => {
  const why = needed(truth, cleaning);
  const enough = knownSuccesses(truth, cleaning).length >= cleaning.keep;
  const back = new Set(truth.hosts.map(wayBack));
  return namesIn(truth).filter((name) => {
    if (why.has(name) || back.has(name)) return false;
    const holders = truth.hosts.filter(({ copies }) => copies.has(name));
    const copies = holders.map((host) => host.copies.get(name)!);
    if (copies.some(({ users }) => users > 0)) return false;
    if (isYoung(truth, name) && holders.some(({ sees }) => !sees)) return false;
    return enough || copies.some(({ stage }) => stage === 'building' || stage === 'failed');
  });
};
