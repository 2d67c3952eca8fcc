import type { HistoryEntry, HostSurvey, Survey } from '../../api.ts';
import { isHeld, isHeldOver, isUnfinished } from './host-notes.ts';
import { lastRecord } from './interrupted.ts';
import { hostList } from './table.ts';

/** What lies on the hosts and waits for somebody, and what to type about it: one sentence for each thing. */
export const waiting = (survey: Survey, environment: string): readonly string[] => [
  ...strangeRecords(survey, environment),
  ...lostSteps(survey, environment),
  ...runningSteps(survey, environment),
  ...heldReleases(survey, environment),
  ...unfinishedReleases(survey, environment),
  ...givenUp(survey, environment),
  ...endedAfterwards(survey, environment),
];

type Release = HostSurvey['releases'][number];

interface Found {
  readonly name: string;
  readonly release: Release;
  readonly hosts: readonly HostSurvey[];
}

/** The newest release of which something is so on some hosts. */
const newest = ({ hosts }: Survey, is: (host: HostSurvey, release: Release) => boolean): readonly Found[] => {
  const found = hosts.flatMap((host) =>
    host.releases.filter((release) => is(host, release)).map((release) => ({ host, release })),
  );
  const last = found
    .map(({ release }) => release)
    .reduce<Release | undefined>(
      (best, release) => (best === undefined || release.name > best.name ? release : best),
      undefined,
    );
  return last === undefined
    ? []
    : [
        {
          name: last.name,
          release: last,
          hosts: found.filter(({ release }) => release.name === last.name).map(({ host }) => host),
        },
      ];
};

const on = (hosts: readonly HostSurvey[], { hosts: all }: Survey): string =>
  hostList(
    hosts.map(({ host }) => host),
    all.length,
  );

const unfinishedReleases = (survey: Survey, environment: string): readonly string[] =>
  newest(survey, isUnfinished).map(({ name, release, hosts }) =>
    release.record?.task === 'setup_release'
      ? `setup_release did not finish ${name} on ${on(hosts, survey)}; cleaning deletes it.`
      : `${name} was begun on ${on(hosts, survey)} and not finished: \`fab ${environment} ${release.record?.task ?? 'deploy'} --resume\` goes on with it.`,
  );

/** A publish that is over and moved nothing for good: its release still lies there, finished. */
const givenUp = (survey: Survey, environment: string): readonly string[] => {
  const last = lastRecord(survey);
  const undone = last?.ended === 'undone';
  if (last === undefined || (last.phase !== 'aborted' && !undone)) return [];
  const shown = survey.hosts.some(({ current }) => current.kind === 'release' && current.id === last.release);
  const lies = survey.hosts.some((host) =>
    host.releases.some((release) => release.name === last.release && isNew(host, release) && !isHeld(host, release)),
  );
  if (!lies || shown) return [];
  return [
    `The last publish, of ${last.release}, was ${undone ? 'taken back on every host' : 'given up before any host was changed'}: \`fab ${environment} ${last.task} --resume ${last.release}\` tries it again.`,
  ];
};

/** The newest lines of history: the last publish, and how its run ended. */
const endedAfterwards = ({ hosts }: Survey, environment: string): readonly string[] => {
  const found = hosts.flatMap(({ history, current, lockHeld, txn }) => {
    const lines = history as unknown as readonly (Partial<HistoryEntry> | null)[];
    const last = lines.at(-1);
    const ended = last?.event === 'ended' ? last : undefined;
    const published = lines.findLast((line) => line?.event !== 'ended');
    const over = txn.kind === 'record' && txn.record.phase === 'closed';
    if (lockHeld || !over || ended?.status === 0 || published?.event !== 'published') return [];
    return current.kind === 'release' && current.id === published.to ? [{ ended, published }] : [];
  });
  const [first] = found;
  if (first === undefined) return [];
  const { ended, published } = first;
  const how = ended === undefined ? 'was killed' : `ended with exit status ${String(ended.status)}`;
  return [
    `The run that published ${String(published.to)} ${how} afterwards: \`fab ${environment} ${String(published.task)} --resume\` does what is left, \`fab ${environment} rollback\` goes back.`,
  ];
};

const isNew = ({ current }: HostSurvey, { name, record }: Release): boolean =>
  record?.state === 'built' && (current.kind !== 'release' || name > current.id);

/** Published only over what was live when it was made ready. */
const heldReleases = (survey: Survey, environment: string): readonly string[] =>
  newest(survey, isHeld).map(({ name, release, hosts }) => {
    const moved = hosts.filter((host) => host.releases.some((each) => each.name === name && !isHeldOver(host, each)));
    return moved.length === 0
      ? `${name} is held ready on ${on(hosts, survey)}: \`fab ${environment} ${release.record?.task ?? 'deploy'} --resume\` publishes it.`
      : `${name} was made ready, and current has moved since on ${on(moved, survey)}: it can be published no more, \`fab ${environment} ${release.record?.task ?? 'deploy'}\` makes a new one.`;
  });

const runningSteps = (survey: Survey, environment: string): readonly string[] =>
  stepsWhich('running', survey).map(
    ([step, hosts]) =>
      `${step} runs on ${hosts.join(', ')} by itself: \`fab ${environment} attach ${step}\` shows it, \`fab ${environment} cancel ${step}\` ends it.`,
  );

const lostSteps = (survey: Survey, environment: string): readonly string[] =>
  stepsWhich('lost', survey).map(
    ([step, hosts, task]) =>
      `${step} was lost on ${hosts.join(', ')}: it began, and nothing says how it ended. Look what it did; if it may run once more: \`fab ${environment} ${task} --resume --run-lost-again\`.`,
  );

type StepOn = readonly [step: string, hosts: readonly string[], task: string];

const stepsWhich = (state: 'running' | 'lost', { hosts }: Survey): readonly StepOn[] => {
  const where = new Map<string, { readonly hosts: Set<string>; readonly task: string }>();
  for (const { host, releases } of hosts)
    for (const { steps = [], record } of releases)
      for (const { step } of steps.filter((each) => each.state === state)) {
        const found = where.get(step) ?? { hosts: new Set(), task: record?.task ?? 'deploy' };
        where.set(step, found);
        found.hosts.add(host);
      }
  return [...where].map(([step, found]) => [step, [...found.hosts], found.task]);
};

/** Records that this version cannot act on: no run begins before somebody has. */
const strangeRecords = ({ hosts }: Survey, environment: string): readonly string[] =>
  hosts.flatMap(({ host, txn, root }) => {
    if (txn.kind === 'too-new')
      return [`The record of the last publish on ${host} was written by a newer fabwright: use that version.`];
    return txn.kind === 'unreadable'
      ? [
          `The record of the last publish on ${host} cannot be read, and no run begins before it can: when all hosts show the same, move ${root}/.fab/txn away there; else look at \`fab ${environment} history\` first.`,
        ]
      : [];
  });
