import type { Host } from '../../src/model/host.ts';
import type { Inventory } from '../../src/model/inventory.ts';
import type { ReleaseRecord } from '../../src/model/release-choice.ts';
import type { ReleaseId } from '../../src/model/release.ts';
import type { HostSurvey, JournalEntry, ReleaseOnHost, Survey } from '../../src/model/survey.ts';
import type { Task } from '../../src/model/task.ts';
import type { PlanInput } from '../../src/plan/make-plan.ts';

export const now = new Date('2026-11-20T14:05:33Z');

/** `day(3)` is a release of the third of November; the larger, the newer. */
export const day = (number: number): ReleaseId => `2026-11-${String(number).padStart(2, '0')}_12.00.00` as ReleaseId;

export const commitOf = (letter: string): string => letter.repeat(40);

export const record = (id: string, more: Partial<ReleaseRecord> = {}): ReleaseRecord => ({
  version: 1,
  id: id as ReleaseId,
  task: 'deploy',
  commit: commitOf('a'),
  ref: 'master',
  user: 'ana',
  machine: 'laptop',
  tool: 'fabwright 0.1.0',
  createdAt: '2026-11-01T12:00:00.000Z',
  state: 'built',
  steps: [],
  params: {},
  ...more,
});

export const release = (name: string, more: Partial<ReleaseOnHost> = {}): ReleaseOnHost => ({
  name,
  record: record(name),
  pinnedUntil: undefined,
  inUse: false,
  locked: false,
  journal: [],
  journalTooNew: false,
  journalGarbage: 0,
  ...more,
});

export const journalled = (step: string, more: Partial<JournalEntry> = {}): JournalEntry => ({
  step,
  run: day(1),
  at: '2026-11-01T12:00:00.000Z',
  seconds: 1,
  result: null,
  ...more,
});

export const live = (id: string) => ({ kind: 'release', id: id as ReleaseId, exists: true }) as const;

export const surveyed = (host: string, more: Partial<HostSurvey> = {}): HostSurvey => ({
  host,
  root: '/home/shop/www/prod',
  user: 'shop',
  home: '/home/shop',
  uid: 1000,
  current: { kind: 'absent' },
  releases: [],
  strays: [],
  lastSize: undefined,
  recorded: [],
  missingShared: [],
  notWritable: undefined,
  disk: undefined,
  tools: { git: '2.39.5', perl: '5.36', flock: 'yes', setsid: 'yes' },
  clockSkewSeconds: 0,
  bootId: `boot of ${host}`,
  seesProcesses: true,
  owner: undefined,
  lockHeld: false,
  txn: { kind: 'none' },
  epoch: 0,
  machine: host,
  history: [],
  path: '/usr/bin:/bin',
  ...more,
});

export const survey = (hosts: readonly HostSurvey[], more: Partial<Survey> = {}): Survey => ({
  hosts,
  unreachable: [],
  at: now,
  ...more,
});

/** Groups and their hosts; `all` is added. Hosts stand in the order in which they are first named. */
export const inventory = (groups: Readonly<Record<string, readonly string[]>>): Inventory => {
  const names = [...new Set(Object.values(groups).flat())];
  const hosts = names.map((name): Host => ({
    name,
    address: name,
    connection: 'ssh',
    groups: Object.keys(groups).filter((group) => groups[group]?.includes(name)),
    vars: {},
  }));
  return { hosts, groups: { all: names, ...groups } };
};

export const input = (task: Task, more: Partial<PlanInput> = {}): PlanInput => {
  const { hosts } = more.survey ?? { hosts: [] };
  return {
    task,
    environment: 'prod',
    inventory: inventory({ web: hosts.map(({ host }) => host) }),
    limit: undefined,
    params: {},
    settings: { default_branch: 'master' },
    survey: survey([]),
    source: { commit: commitOf('b'), ref: 'master', shipment: undefined },
    now,
    ...more,
  };
};
