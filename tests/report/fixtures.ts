import { confirmGuard, type GuardView } from '../../src/model/guard.ts';
import { operation } from '../../src/model/operation.ts';
import type { ReleaseId } from '../../src/model/release.ts';
import { newRelease } from '../../src/model/release-choice.ts';
import { everyHost } from '../../src/model/role.ts';
import { cleanStep, createStep, publishStep } from '../../src/model/step.ts';
import type { HostSurvey } from '../../src/model/survey.ts';
import { task, type TaskDefinition } from '../../src/model/task.ts';
import type { Plan, PlannedStep, PlanNode } from '../../src/plan/plan.ts';
import type { Observer, RunEvent } from '../../src/run/event.ts';
import type { Outcome } from '../../src/run/outcome.ts';

export const newId = '2026-11-20_14.05.33' as ReleaseId;
export const oldId = '2026-11-18_09.12.44' as ReleaseId;
export const newCommit = '9f8e7d6c5b4a39281706f5e4d3c2b1a098765432';
export const oldCommit = '1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d';
export const startedAt = Date.UTC(2026, 10, 20, 14, 5, 33);

/** A host with the old release live. */
export const surveyed = (host: string, more: Partial<HostSurvey> = {}): HostSurvey => ({
  host,
  root: '/home/shop/www/production',
  user: 'shop',
  home: '/home/shop',
  uid: 1000,
  current: { kind: 'release', id: oldId, exists: true },
  releases: [
    {
      name: oldId,
      record: {
        version: 1,
        id: oldId,
        task: 'deploy',
        commit: oldCommit,
        ref: 'master',
        user: 'ada',
        machine: 'control',
        tool: '0.1.0',
        createdAt: '2026-11-18T09:12:44.000Z',
        state: 'built',
        steps: [],
        params: {},
      },
      pinnedUntil: undefined,
      inUse: false,
      locked: false,
      journal: [],
      journalTooNew: false,
      journalGarbage: 0,
    },
  ],
  strays: [],
  lastSize: undefined,
  recorded: [oldId],
  missingShared: [],
  notWritable: undefined,
  disk: undefined,
  tools: {},
  clockSkewSeconds: 0,
  bootId: undefined,
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

/** A step with nothing in it. */
export const planned = (id: string, hosts: readonly string[], more: Partial<PlannedStep> = {}): PlannedStep => ({
  id,
  step: operation({ name: id, roles: [everyHost], run: async () => undefined }),
  hosts,
  conditions: [],
  done: {},
  ...more,
});

export const step = (id: string, hosts: readonly string[], more: Partial<PlannedStep> = {}): PlanNode => ({
  kind: 'step',
  planned: planned(id, hosts, more),
});

const release = { id: newId, commit: newCommit, ref: 'master' };

const guardView: GuardView = {
  environment: 'production',
  task: 'deploy',
  settings: {},
  release: newId,
  live: undefined,
  shipment: undefined,
  resumed: false,
  now: new Date(startedAt),
};

/** The least that a plan can be: one task, these hosts, these steps. */
export const planOf = (
  hosts: readonly string[],
  nodes: readonly PlanNode[],
  more: Partial<Plan> = {},
  definition: Partial<TaskDefinition> = {},
): Plan => ({
  task: task({ name: 'deploy', description: 'Deploy.', release: newRelease, steps: [], ...definition }),
  environment: 'production',
  id: newId,
  release,
  resumed: false,
  hosts: hosts.map((host) => surveyed(host)),
  releaseHosts: hosts,
  leftOut: [],
  owed: [],
  nodes,
  params: {},
  settings: {},
  shipment: undefined,
  retention: undefined,
  guards: [],
  guardView,
  startedAt: new Date(startedAt),
  notices: [],
  ...more,
});

const ifPending = { conditions: ['migrations are pending'] };

/** The shop's deploy on two web servers and a worker, with every shape of step. */
export const shopPlan: Plan = planOf(
  ['web1', 'web2', 'worker1'],
  [
    step('release.create', ['web1', 'web2', 'worker1'], { step: createStep([everyHost]) }),
    {
      kind: 'parallel',
      steps: [planned('assets.build', ['web1', 'web2']), planned('database.pending', ['web1'])],
    },
    {
      kind: 'when',
      decidedBy: 'database.pending',
      because: 'migrations are pending',
      is: () => true,
      nodes: [
        {
          kind: 'during',
          stop: planned('services.stop', ['worker1'], ifPending),
          start: async () => undefined,
          words: { from: 'stopped from here', again: 'start again' },
          nodes: [step('database.migrate', ['web1'], ifPending)],
        },
      ],
    },
    step('release.publish', ['web1', 'web2', 'worker1'], { step: publishStep([everyHost]) }),
    {
      kind: 'per-host',
      steps: [
        planned('web.restart', ['web1', 'web2'], {
          step: operation({ name: 'web.restart', roles: [everyHost], batch: 1, run: async () => undefined }),
        }),
        planned('web.healthy', ['web1', 'web2']),
      ],
    },
    step('release.clean', ['web1', 'web2', 'worker1'], { step: cleanStep([everyHost]) }),
    step('mail.send', []),
  ],
  {
    shipment: {
      from: oldCommit,
      to: newCommit,
      ref: 'master',
      commits: [
        { hash: newCommit, author: 'Ada Lovelace', subject: 'Count the baskets once' },
        { hash: 'aaaabbbbccccdddd', author: '山田太郎', subject: 'Show the price in yen \x1b[31m(red)' },
      ],
      undone: [{ hash: 'eeeeffff00001111', author: 'Bob', subject: 'Try another basket' }],
      changedFiles: 14,
      submodules: [{ path: 'vendor/theme', from: '1111111111aaaa', to: '2222222222bbbb' }],
      migrations: ['shop/migrations/0042_yen.py'],
    },
    retention: {
      verdicts: [
        { name: oldId, keep: true, reason: 'live', hosts: ['web1', 'web2', 'worker1'] },
        {
          name: '2026-10-01_08.00.00',
          keep: false,
          reason: 'older than the 5 kept',
          hosts: ['web1', 'web2', 'worker1'],
        },
        { name: '2026-10-02_08.00.00', keep: false, reason: 'failed', hosts: ['web2'] },
      ],
    },
    guards: [
      { guard: { ...confirmGuard, name: 'branch', flag: 'other-branch' }, question: 'Deploy fix/yen instead?' },
      { guard: confirmGuard, question: `Go ahead with deploy on production (release ${newId})?` },
    ],
    notices: ['mail.send runs on no host here.'],
  },
);

export const doneOutcome: Outcome = {
  status: 0,
  ending: 'done',
  release: newId,
  commit: newCommit,
  standings: {
    web1: { kind: 'release', id: newId, commit: newCommit },
    web2: { kind: 'release', id: newId, commit: newCommit },
    worker1: { kind: 'release', id: newId, commit: newCommit },
  },
  failures: [],
  resumable: false,
  seconds: 42,
  timings: [
    { step: 'release.create', host: 'worker1', seconds: 0.42 },
    { step: 'assets.build', host: 'web2', seconds: 38.1 },
    { step: 'release.publish', host: 'web1', seconds: 0.05 },
  ],
  spent: {
    host: 'web2',
    parts: [
      { part: 'connect', seconds: 0.21 },
      { part: 'build', seconds: 38.1 },
      { part: 'waiting at a barrier', seconds: 0 },
    ],
  },
  logDirectory: '/var/log/fab/production',
};

/** The build failed on one host; the old release is still live everywhere. */
export const failedOutcome: Outcome = {
  ...doneOutcome,
  status: 1,
  ending: 'failed',
  standings: {
    web1: { kind: 'release', id: oldId, commit: oldCommit },
    web2: { kind: 'release', id: oldId, commit: oldCommit },
    worker1: { kind: 'release', id: oldId, commit: oldCommit },
  },
  failures: [
    {
      step: 'assets.build',
      host: 'web2',
      failure: { reason: 'command', command: 'npm run build', status: 1, output: 'sh: build\nerror: no space left' },
    },
  ],
  resumable: true,
  timings: [],
};

type Timeless = RunEvent extends infer Event ? (Event extends RunEvent ? Omit<Event, 'at'> : never) : never;

/** Sends events, each `seconds` after the start of the run. */
export const sender =
  (observe: Observer) =>
  (seconds: number, event: Timeless): void =>
    observe({ at: startedAt + seconds * 1000, ...event });

/** The failing run of the shop's deploy, cut short, as the engine would tell it. */
export const failingRun = (observe: Observer): void => {
  const send = sender(observe);
  send(0, { type: 'run-started', plan: shopPlan, logDirectory: '/var/log/fab/production' });
  send(0.1, { type: 'phase', name: 'lock', detail: '3 hosts' });
  send(0.2, { type: 'step-started', step: 'release.create', hosts: ['web1', 'web2', 'worker1'] });
  send(0.2, { type: 'host-skipped', step: 'release.create', host: 'web1' });
  send(0.3, { type: 'step-finished', step: 'release.create', seconds: 0.1, ok: true });
  send(0.3, { type: 'step-started', step: 'assets.build', hosts: ['web1', 'web2'] });
  for (const host of ['web1', 'web2']) {
    send(0.3, { type: 'host-started', step: 'assets.build', host });
    send(0.3, { type: 'command-started', step: 'assets.build', host, command: 'npm run build' });
  }
  send(1, { type: 'output', step: 'assets.build', host: 'web1', stream: 'out', line: '10%\r\x1b[32m100%\x1b[0m' });
  send(1, { type: 'said', step: 'assets.build', host: 'web1', sentence: 'The cache is warm.' });
  send(2, { type: 'host-succeeded', step: 'assets.build', host: 'web1', seconds: 1.7, result: null });
  send(3, { type: 'output', step: 'assets.build', host: 'web2', stream: 'err', line: 'error: no space left' });
  send(3, {
    type: 'host-failed',
    step: 'assets.build',
    host: 'web2',
    seconds: 2.7,
    failure: { reason: 'command', command: 'npm run build', status: 1, output: 'sh: build\nerror: no space left' },
  });
  send(3, { type: 'step-finished', step: 'assets.build', seconds: 2.7, ok: false });
  send(3, { type: 'step-skipped', step: 'release.publish', because: 'assets.build failed' });
  send(3.1, { type: 'run-finished', outcome: { ...failedOutcome, seconds: 3.1 } });
};

/** `web01` … as many as are asked for. */
export const hostNames = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${String(index + 1).padStart(2, '0')}`);
