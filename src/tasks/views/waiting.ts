import {
  resumeLine,
  type HistoryEntry,
  type HostSurvey,
  type Params,
  type Survey,
  type ViewContext,
} from '../../api.ts';
import { isHeld, isHeldOver, isUnfinished } from './host-notes.ts';
import { lastRecord } from './interrupted.ts';
import { holdFlag, resumeWords } from './resuming.ts';
import { hostList } from './table.ts';

/** What lies on the hosts and waits for somebody, and what to type about it: one sentence for each thing. */
export const waiting = (survey: Survey, environment: string, owed: ViewContext<Params>['owed']): readonly string[] => [
  ...strangeRecords(survey, environment),
  ...owedStarts(survey, owed),
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

const owedStarts = ({ hosts: all }: Survey, owed: ViewContext<Params>['owed']): readonly string[] =>
  owed.map(
    ({ release, stop, hosts }) =>
      `A run on ${release} was killed after ${stop} on ${hostList(hosts, all.length)}: the next run that takes the lock puts right what that left stopped, before its own work.`,
  );

const unfinishedReleases = (survey: Survey, environment: string): readonly string[] =>
  newest(survey, isUnfinished).map(({ name, release, hosts }) => {
    const words = resumeWords(survey, release);
    return words === undefined
      ? `${release.record?.task ?? 'A run'} did not finish ${name} on ${on(hosts, survey)}; cleaning deletes it.`
      : `${name} was begun on ${on(hosts, survey)} and not finished: \`fab ${environment} ${words}${holdFlag(release)}\` goes on with it.`;
  });

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
    const isMove = published?.event === 'published' || published?.event === 'rolled back';
    if (lockHeld || !over || ended?.status === 0 || !isMove) return [];
    return current.kind === 'release' && current.id === published.to ? [{ ended, published }] : [];
  });
  const [first] = found;
  if (first === undefined) return [];
  const { ended, published } = first;
  const how = ended === undefined ? 'was killed' : `ended with exit status ${String(ended.status)}`;
  const name = String(published.to);
  // Its services may still be those of the release before, and a rollback has nothing to resume.
  if (published.event === 'rolled back' || published.task === 'rollback')
    return [
      `The run that went back to ${name} ${how} afterwards: \`fab ${environment} restart_services\` does what is left.`,
    ];
  return [
    `The run that published ${name} ${how} afterwards: \`fab ${environment} ${resumeLine(String(published.task), name, hosts)}\` does what is left, \`fab ${environment} rollback\` goes back.`,
  ];
};

const isNew = ({ current }: HostSurvey, { name, record }: Release): boolean =>
  record?.state === 'built' && (current.kind !== 'release' || name > current.id);

/** Published only over what was live when it was made ready. */
const heldReleases = (survey: Survey, environment: string): readonly string[] =>
  newest(survey, isHeld).map(({ name, release, hosts }) => {
    const moved = hosts.filter((host) => host.releases.some((each) => each.name === name && !isHeldOver(host, each)));
    return moved.length === 0
      ? `${name} is held ready on ${on(hosts, survey)}: \`fab ${environment} ${resumeWords(survey, release) ?? 'deploy --resume'}\` publishes it.`
      : `${name} was made ready, and current has moved since on ${on(moved, survey)}: it can be published no more, \`fab ${environment} ${release.record?.task ?? 'deploy'}\` makes a new one.`;
  });

const runningSteps = (survey: Survey, environment: string): readonly string[] =>
  stepsWhich('running', survey).map(
    ([step, hosts]) =>
      `${step} runs on ${hosts.join(', ')} by itself: \`fab ${environment} attach ${step}\` shows it, \`fab ${environment} cancel ${step}\` ends it.`,
  );

const lostSteps = (survey: Survey, environment: string): readonly string[] =>
  stepsWhich('lost', survey).map(([step, hosts, release]) => {
    const words = resumeWords(survey, release);
    const again =
      words === undefined ? '' : `; if it may run once more: \`fab ${environment} ${words} --run-lost-again\``;
    return `${step} was lost on ${hosts.join(', ')}: it began, and nothing says how it ended. Look what it did${again}.`;
  });

type StepOn = readonly [step: string, hosts: readonly string[], release: Release];

const stepsWhich = (state: 'running' | 'lost', { hosts }: Survey): readonly StepOn[] => {
  const where = new Map<string, { readonly hosts: Set<string>; readonly release: Release }>();
  for (const { host, releases } of hosts)
    for (const release of releases)
      for (const { step } of (release.steps ?? []).filter((each) => each.state === state)) {
        const found = where.get(step) ?? { hosts: new Set(), release };
        where.set(step, found);
        found.hosts.add(host);
      }
  return [...where].map(([step, found]) => [step, [...found.hosts], found.release]);
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
