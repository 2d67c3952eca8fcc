import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../src/model/json.ts';
import type { HostSurvey } from '../../src/model/survey.ts';
import { historyView } from '../../src/tasks/views/history.ts';
import { newCommit, newId, oldId, surveyed } from './fixtures.ts';

const published = (run: string, more: object = {}): Json => ({
  event: 'published',
  at: '2026-11-20T14:06:00.000Z',
  run,
  task: 'deploy',
  user: 'ada',
  machine: 'control',
  from: oldId,
  to: newId,
  commit: newCommit,
  ...more,
});
const ended = (run: string, ending: string, status: number): Json => ({
  event: 'ended',
  at: '2026-11-20T14:07:00.000Z',
  run,
  task: 'deploy',
  user: 'ada',
  machine: 'control',
  ending,
  status,
});
const host = (name: string, history: readonly Json[], more: Partial<HostSurvey> = {}): HostSurvey =>
  surveyed(name, { history, ...more });
const shown = (...hosts: readonly HostSurvey[]) =>
  historyView.show(
    { hosts, unreachable: [], at: new Date() },
    { environment: 'production', params: {}, settings: {}, shipment: undefined, owed: [], now: new Date() },
  );
const rows = (...hosts: readonly HostSurvey[]): readonly (readonly string[])[] =>
  shown(...hosts)
    .text.split('\n')
    .map((line) => line.split(/ {2,}/));

test('nothing yet, and lines that are none of ours', () => {
  expect(shown(host('web1', [])).text).toBe('Nothing was published yet.');
  expect(shown(host('web1', [null, 'x', 5, [], {}, { event: 'published' }, { at: 'x', run: 'y' }])).text).toBe(
    'Nothing was published yet.',
  );
});

test('one row for each publication, newest first, with how its run ended', () => {
  const history = [
    published('1', { at: '2026-11-18T10:00:00.000Z', from: null, to: oldId, commit: null }),
    ended('1', 'done', 0),
    published('2'),
    published('2', { event: 'undone', at: '2026-11-20T14:06:30.000Z', from: newId, to: oldId }),
    ended('2', 'failed', 1),
    published('3', { event: 'rolled back', task: 'rollback', at: '2026-11-21T08:00:00.000Z' }),
  ];
  expect(rows(host('web1', history), host('web2', history.slice(0, 3)))).toEqual([
    ['WHEN (UTC)', 'WHAT', 'RELEASE', 'FROM', 'COMMIT', 'BY', 'ENDED', 'HOSTS'],
    [
      '2026-11-21 08:00',
      'rollback: rolled back',
      newId,
      oldId,
      newCommit.slice(0, 10),
      'ada@control',
      'interrupted',
      'web1',
    ],
    ['2026-11-20 14:06', 'deploy: undone', oldId, newId, newCommit.slice(0, 10), 'ada@control', 'failed, 1', 'web1'],
    [
      '2026-11-20 14:06',
      'deploy: published',
      newId,
      oldId,
      newCommit.slice(0, 10),
      'ada@control',
      'failed, 1',
      'all 2 hosts',
    ],
    ['2026-11-18 10:00', 'deploy: published', oldId, '-', '-', 'ada@control', 'done', 'all 2 hosts'],
  ]);
});

describe('a run without a last word', () => {
  const owner = (run: string) => JSON.stringify({ run, user: 'ada' });
  const last = (...hosts: readonly HostSurvey[]) => rows(...hosts)[1]?.[6];
  test.each<[string, Partial<HostSurvey>, string]>([
    ['that holds the lock is running', { lockHeld: true, owner: owner('7') }, 'running'],
    ['whose lock is free was interrupted', { lockHeld: false, owner: owner('7') }, 'interrupted'],
    ['while another holds the lock was interrupted', { lockHeld: true, owner: owner('8') }, 'interrupted'],
    ['with an owner nobody can read was interrupted', { lockHeld: true, owner: 'me' }, 'interrupted'],
  ])('%s', (_, more, expected) => {
    expect(last(host('web1', [published('7')]), host('web2', [published('7')], more))).toBe(expected);
  });
  test('on one host, and with one on another, has ended', () => {
    expect(last(host('web1', [published('7')]), host('web2', [published('7'), ended('7', 'split', 4)]))).toBe(
      'split, 4',
    );
  });
});

test('hosts that were left behind are named; JSON has it all', () => {
  const entry = published('9', { behind: ['web3', 'web4'] });
  const view = shown(host('web1', [entry, ended('9', 'done', 0)]), host('web2', [entry]), host('web5', []));
  expect(view.text.split('\n')[1]).toMatch(/ {2}done +web1, web2 \(behind: web3, web4\)$/);
  expect(view.json).toEqual({
    history: [{ ...(entry as object), hosts: ['web1', 'web2'], ended: { ending: 'done', status: 0 } }],
  });
});
