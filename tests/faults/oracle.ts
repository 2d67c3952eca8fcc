import { existsSync, lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Goal, Lane, TaskName } from './adapter.ts';
import { isBuilt, lacks, type Version } from './application.ts';

export const violationKinds = [
  'silent pass',
  'split after recovery',
  'wrong release with exit 0',
  'leaked lock',
  'leaked process',
  'unresumable',
  'broken disk',
  'false report',
  'hung',
] as const;
export type ViolationKind = (typeof violationKinds)[number];

export interface Violation {
  readonly kind: ViolationKind;
  readonly sentence: string;
}

/** Where one host stands, as its disk says. */
export interface Standing {
  readonly host: string;
  /** The name of the release that `current` leads to. */
  readonly release: string | undefined;
  /** What that release lacks; nothing when it is complete. */
  readonly lacks: readonly string[];
}

export const rootOf = (lane: Lane, host: string): string => lane.fleet.host(host).path(lane.root);
export const hostNames = (lane: Lane): readonly string[] => lane.fleet.hosts.map(({ name }) => name);

/** The version a release of this name must hold. */
export const versionOf = (goal: Goal, name: string): Version =>
  goal.known.find((each) => each.name === name)?.version ?? goal.newVersion;

const linkAt = (path: string): string | undefined =>
  lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true ? readlinkSync(path) : undefined;

const standingOf = (lane: Lane, goal: Goal, host: string): Standing => {
  const root = rootOf(lane, host);
  const link = linkAt(join(root, 'current'));
  if (link === undefined) return { host, release: undefined, lacks: ['current is no link'] };
  const release = basename(link);
  const outside = basename(dirname(link)) === 'releases' ? [] : [`current leads to ${link}`];
  return { host, release, lacks: [...outside, ...lacks(join(root, 'releases', release), versionOf(goal, release))] };
};

export const standings = (lane: Lane, goal: Goal): readonly Standing[] =>
  hostNames(lane).map((host) => standingOf(lane, goal, host));

export const isSplit = (all: readonly Standing[]): boolean => new Set(all.map(({ release }) => release)).size > 1;
export const shown = (all: readonly Standing[]): string =>
  all.map(({ host, release }) => `${host} ${release ?? 'none'}`).join(', ');

const isNew = (goal: Goal, release: string | undefined): boolean =>
  goal.newName === undefined
    ? release !== undefined && !goal.known.some(({ name }) => name === release)
    : release === goal.newName;

/** `current` is the old release or the new one, complete, and nothing that is needed was deleted. */
export const whole = (lane: Lane, goal: Goal): readonly Violation[] =>
  standings(lane, goal).flatMap(({ host, release, lacks: missing }) => {
    const known = release === goal.old.name || (goal.publishes && isNew(goal, release));
    const wrong = [
      ...(known ? [] : [`${host}: current is ${release ?? 'no link'}`]),
      ...missing.map((each) => `${host}: ${release ?? 'current'}: ${each}`),
      ...goal.precious
        .filter((name) => name !== release)
        .flatMap((name) =>
          lacks(join(rootOf(lane, host), 'releases', name), versionOf(goal, name)).map(
            (each) => `${host}: ${name}: ${each}`,
          ),
        ),
      ...lane.inspect(host, false).map((each) => `${host}: ${each}`),
    ];
    return wrong.map((sentence) => ({ kind: 'broken disk', sentence }) as const);
  });

const linesOf = (file: string): readonly string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];

const ranIn = (lane: Lane, host: string, file: string, release: string): boolean =>
  linesOf(lane.fleet.host(host).path(file)).some((line) => basename(line) === release);

const newReleasesOn = (lane: Lane, goal: Goal, host: string): readonly string[] =>
  readdirSync(join(rootOf(lane, host), 'releases')).filter((name) => isNew(goal, name));

/** What a run that says it succeeded must have done on every host. */
const undone = (lane: Lane, task: TaskName, goal: Goal): readonly string[] =>
  hostNames(lane).flatMap((host, index) => {
    const at = (name: string): string => join(rootOf(lane, host), 'releases', name);
    const missing = (is: boolean, what: string): readonly string[] => (is ? [] : [`${host}: ${what}`]);
    const release = standingOf(lane, goal, host).release ?? '';
    const restarted = missing(ranIn(lane, host, 'restarts', release), `not restarted on ${release}`);
    switch (task) {
      case 'deploy':
        return [
          ...restarted,
          ...missing(isBuilt(at(release), goal.newVersion), 'not built'),
          ...(index === 0 ? missing(ranIn(lane, host, 'migrations', release), 'not migrated') : []),
        ];
      case 'hotfix_deploy':
        return [...restarted, ...missing(isBuilt(at(release), goal.old.version), 'the live build was not taken over')];
      case 'rollback':
        return restarted;
      case 'clean_releases':
        return goal.doomed.flatMap((name) => missing(!existsSync(at(name)), `${name} was not cleaned`));
      case 'setup_release':
        return missing(
          newReleasesOn(lane, goal, host).some(
            (name) => lacks(at(name), goal.newVersion).length === 0 && isBuilt(at(name), goal.newVersion),
          ),
          'no complete private release',
        );
    }
  });

/** Whether an exit status says what is so. */
export const honest = (lane: Lane, task: TaskName, goal: Goal, status: number): readonly Violation[] => {
  const all = standings(lane, goal);
  const at = `exit status ${status}: ${shown(all)}`;
  if (status === 0) {
    const right = all.every(({ release }) => (goal.publishes ? isNew(goal, release) : release === goal.old.name));
    if (!right || isSplit(all)) return [{ kind: 'wrong release with exit 0', sentence: at }];
    return undone(lane, task, goal).map((sentence) => ({ kind: 'silent pass', sentence }));
  }
  if (status === 4 || !lane.tellsWhere) return [];
  if (isSplit(all)) return [{ kind: 'false report', sentence: `${at}, and no word of it` }];
  const untouched = all.every(({ release }) => release === goal.old.name);
  if ((status === 2 || status === 3) && !untouched) return [{ kind: 'false report', sentence: at }];
  return status > 5 ? [{ kind: 'false report', sentence: `the controller broke: ${at}` }] : [];
};

/** All hosts on one complete release, whichever it is. */
export const one = (lane: Lane, goal: Goal): readonly Violation[] => {
  const all = standings(lane, goal);
  const broken = all.flatMap(({ host, lacks: missing }) => [
    ...missing.map((each) => `${host}: ${each}`),
    ...lane.inspect(host, true).map((each) => `${host}: ${each}`),
  ]);
  return [
    ...(isSplit(all) ? [{ kind: 'split after recovery', sentence: shown(all) } as const] : []),
    ...broken.map((sentence) => ({ kind: 'broken disk', sentence: `after recovery: ${sentence}` }) as const),
  ];
};
