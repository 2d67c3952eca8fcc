import { expect, test } from '@jest/globals';
import type { CommitInfo } from '../../src/model/shipment.ts';
import { colours, planText } from '../../src/report/index.ts';
import { hostNames, newCommit, oldCommit, planned, planOf, shopPlan, step, surveyed } from './fixtures.ts';

const text = (...lines: readonly string[]): string => `${lines.join('\n')}\n`;
const head = 'deploy on production: release 2026-11-20_14.05.33, commit 9f8e7d6c5b (master)';

test('the whole plan of the shop', () => {
  expect(planText(shopPlan, { width: 100 })).toBe(
    text(
      head,
      'live now: 2026-11-18_09.12.44 (1a2b3c4d5e) on all 3 hosts',
      '',
      '                    web1  web2  worker1',
      '  release.create    ●     ●     ●',
      '┌ assets.build      ●     ●     ·        at the same time',
      '└ database.pending  ●     ·     ·',
      '┌ services.stop     ·     ·     ?        stopped from here; if migrations are pending',
      '│ database.migrate  ?     ·     ·        if migrations are pending',
      '└ (start again)     ·     ·     ?        wherever services.stop ran, also after a failure',
      '  release.publish   ●     ●     ●',
      '┌ web.restart       ●     ●     ·        each host at its own pace; 1 at a time',
      '└ web.healthy       ●     ●     ·',
      '  release.clean     ●     ●     ●',
      '  mail.send         ·     ·     ·        no host, skipped',
      '',
      '  ? decided during the run',
      '',
      'Would ship 2 commits, 14 changed files: 1a2b3c4d5e → 9f8e7d6c5b (master)',
      '  9f8e7d6c5b  Ada Lovelace  Count the baskets once',
      '  aaaabbbbcc  山田太郎      Show the price in yen (red)',
      '1 commit live now would go away',
      '  eeeeffff00  Bob  Try another basket',
      'Changed submodules',
      '  vendor/theme  1111111111 → 2222222222',
      'New migrations',
      '  shop/migrations/0042_yen.py',
      '',
      'Cleaning would delete 2 releases',
      '  2026-10-01_08.00.00  older than the 5 kept',
      '  2026-10-02_08.00.00  failed (on web2)',
      'and keep 1 release',
      '  2026-11-18_09.12.44  live',
      '',
      'Will ask first; the flag answers ahead',
      '  --other-branch  Deploy fix/yen instead?',
      '  --yes           Go ahead with deploy on production (release 2026-11-20_14.05.33)?',
      '',
      '! mail.send runs on no host here.',
    ),
  );
});

test('words that have no room on the right go below', () => {
  expect(
    planText({ ...shopPlan, shipment: undefined, retention: undefined, guards: [], notices: [] }, { width: 60 }),
  ).toBe(
    text(
      head,
      'live now: 2026-11-18_09.12.44 (1a2b3c4d5e) on all 3 hosts',
      '',
      '                    web1  web2  worker1',
      '  release.create    ●     ●     ●',
      '┌ assets.build      ●     ●     ·        at the same time',
      '└ database.pending  ●     ·     ·',
      '┌ services.stop     ·     ·     ?',
      '│   stopped from here; if migrations are pending',
      '│ database.migrate  ?     ·     ·',
      '│   if migrations are pending',
      '└ (start again)     ·     ·     ?',
      '    wherever services.stop ran, also after a failure',
      '  release.publish   ●     ●     ●',
      '┌ web.restart       ●     ●     ·',
      '│   each host at its own pace; 1 at a time',
      '└ web.healthy       ●     ●     ·',
      '  release.clean     ●     ●     ●',
      '  mail.send         ·     ·     ·        no host, skipped',
      '',
      '  ? decided during the run',
    ),
  );
});

const many = [...hostNames('web', 12), ...hostNames('celery', 4), 'db1'];
const resumed = planOf(
  many,
  [
    step('release.create', many, { done: { web01: null, web02: null } }),
    step('web.restart', hostNames('web', 12)),
    {
      kind: 'parallel',
      steps: [
        planned('db.migrate', ['db1'], { conditions: ['migrations are pending', 'if it is night'] }),
        planned('cache.warm', many),
      ],
    },
  ],
  { resumed: true },
);

test('with many hosts, those with the same marks share a column', () => {
  expect(planText(resumed, { width: 100 })).toBe(
    text(
      head,
      'live now: 2026-11-18_09.12.44 (1a2b3c4d5e) on all 17 hosts',
      'resumed: what is done already is not done again',
      '',
      '                  web[01-02]  web[03-12]  celery[01-04]  db1',
      '                  2 hosts     10 hosts    4 hosts',
      '  release.create  ✓           ●           ●              ●',
      '  web.restart     ●           ●           ·              ·',
      '┌ db.migrate      ·           ·           ·              ?',
      '│   at the same time; if migrations are pending and it is night',
      '└ cache.warm      ●           ●           ●              ●',
      '',
      '  ? decided during the run   ✓ done already',
    ),
  );
});

test('without room for columns, each step names its hosts', () => {
  expect(planText(resumed, { width: 56 })).toBe(
    text(
      head,
      'live now: 2026-11-18_09.12.44 (1a2b3c4d5e) on all 17 hosts',
      'resumed: what is done already is not done again',
      '',
      '  release.create  ✓ web01, web02',
      '                  ● web[03-12], celery[01-04], db1',
      '  web.restart     ● web[01-12]',
      '┌ db.migrate      ? db1',
      '│   at the same time; if migrations are pending and it',
      '│   is night',
      '└ cache.warm      ● all 17 hosts',
      '',
      '  ? decided during the run   ✓ done already',
    ),
  );
});

test('hosts whose names have nothing in common are counted in the title of their column', () => {
  const names = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'eta', 'theta', 'iota'];
  expect(planText(planOf(names, [step('release.create', names), step('x', ['iota'])]), { width: 80 })).toBe(
    text(
      head,
      'live now: 2026-11-18_09.12.44 (1a2b3c4d5e) on all 9 hosts',
      '',
      '                  alpha +7  iota',
      '                  8 hosts',
      '  release.create  ●         ●',
      '  x               ·         ●',
    ),
  );
});

test('hosts that differ, hosts left out, and a first deploy', () => {
  const plan = planOf(['web1', 'web2', 'web3', 'web4'], [], {
    hosts: [
      surveyed('web1', { current: { kind: 'absent' } }),
      surveyed('web2', { current: { kind: 'not-a-link' } }),
      surveyed('web3', { current: { kind: 'foreign', target: '/srv/old' } }),
      surveyed('web4', { releases: [] }),
    ],
    leftOut: [{ host: 'web5', sentence: 'It does not answer.' }],
    shipment: {
      from: undefined,
      to: newCommit,
      ref: 'master',
      commits: [],
      undone: [],
      changedFiles: 0,
      submodules: [],
      migrations: [],
    },
  });
  expect(planText(plan, { width: 100 })).toBe(
    text(
      head,
      'live now: nothing on web1; a real directory on web2; a link to /srv/old on web3; 2026-11-18_09.12.44 on web4',
      'left out: web5 (It does not answer)',
      '',
      'Would ship 9f8e7d6c5b (master), the first release here',
    ),
  );
});

test('twenty commits are shown and the others counted, or none where a setting says so; the same commit and a way back have their own words', () => {
  const commits: readonly CommitInfo[] = Array.from({ length: 200 }, (_, index) => ({
    hash: `${String(index).padStart(4, '0')}000000ffff`,
    author: 'Ada',
    subject: 'word '.repeat(30).trim(),
  }));
  const shipping = {
    from: oldCommit,
    to: newCommit,
    ref: 'v2',
    undone: [],
    changedFiles: 1,
    submodules: [],
    migrations: [],
  };
  const of = (more: object, settings = {}): readonly string[] =>
    planText(planOf([], [], { shipment: { ...shipping, commits: [], ...more }, settings }), { width: 50 })
      .trimEnd()
      .split('\n')
      .slice(2);
  expect(of({ commits })).toEqual([
    'Would ship at least 200 commits, 1 changed file: 1a2b3c4d5e → 9f8e7d6c5b (v2)',
    ...Array.from(
      { length: 20 },
      (_, index) => `  ${String(index).padStart(4, '0')}000000  Ada  word word word word word word …`,
    ),
    '  … and 180 more',
  ]);
  expect(of({ commits, migrations: ['0002_more'] }, { generate_deploy_diffs: false })).toEqual([
    'Would ship at least 200 commits, 1 changed file: 1a2b3c4d5e → 9f8e7d6c5b (v2)',
    'New migrations',
    '  0002_more',
  ]);
  expect(of({ from: newCommit })).toEqual(['Would ship nothing new: 9f8e7d6c5b (v2) is live already']);
  expect(of({ undone: commits.slice(0, 1) })).toEqual([
    'Would go back: 1a2b3c4d5e → 9f8e7d6c5b (v2)',
    '1 commit live now would go away',
    '  0000000000  Ada  word word word word word word …',
  ]);
});

test('groups inside groups', () => {
  const plan = planOf(
    ['web1', 'db1'],
    [
      {
        kind: 'during',
        stop: planned('web.stop', ['web1']),
        start: async () => undefined,
        words: { from: 'stopped from here', again: 'start again' },
        nodes: [
          { kind: 'parallel', steps: [planned('a', ['web1']), planned('b', ['db1'])] },
          { kind: 'parallel', steps: [planned('alone', ['db1'])] },
        ],
      },
      step('c', ['web1']),
    ],
    { release: undefined, releaseHosts: [] },
    { name: 'migrate' },
  );
  expect(planText(plan, { width: 120 })).toBe(
    text(
      'migrate on production',
      '',
      '                   web1  db1',
      '┌   web.stop       ●     ·    stopped from here',
      '│ ┌ a              ●     ·    at the same time',
      '│ └ b              ·     ●',
      '│   alone          ·     ●',
      '└   (start again)  ●     ·    wherever web.stop ran, also after a failure',
      '    c              ●     ·',
    ),
  );
});

test('colours change nothing but colours', () => {
  const painted = planText(resumed, { width: 100, colours: colours(true) });
  expect(painted).toContain('\x1b[32m✓\x1b[39m');
  expect(painted.replace(/\x1b\[\d+m/g, '')).toBe(planText(resumed, { width: 100 }));
});
