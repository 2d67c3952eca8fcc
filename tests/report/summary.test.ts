import { expect, test } from '@jest/globals';
import { colours, exitMeanings, exitStatusText, summaryText } from '../../src/report/index.ts';
import { doneOutcome, failedOutcome, newCommit, newId, oldCommit, oldId, planOf, shopPlan, step } from './fixtures.ts';

const text = (...lines: readonly string[]): string => `${lines.join('\n')}\n`;
const quick = { timings: [], failures: [] };

test('done: timings, where it is live, how to go back', () => {
  expect(summaryText(doneOutcome, shopPlan)).toBe(
    text(
      '  step             slowest host    time',
      '  release.create   worker1        0.4 s',
      '  assets.build     web2          38.1 s',
      '  release.publish  web1           0.1 s',
      '',
      '  Longest at work was web2: connect 0.2 s, build 38.1 s, waiting at a barrier 0.0 s.',
      '',
      '✓ deploy on production is done in 42.0 s: release 2026-11-20_14.05.33 (9f8e7d6c5b) is live on all 3 hosts, read back.',
      '',
      '  fab production rollback   go back to the release before',
      '',
      'logs: /var/log/fab/production',
    ),
  );
});

test('failed: the failure, where the hosts stand, how to go on', () => {
  expect(summaryText(failedOutcome, shopPlan)).toBe(
    text(
      '✗ assets.build failed on web2 (1 of 2 hosts)',
      '',
      '    npm run build',
      '    exit status 1',
      '    sh: build',
      '    error: no space left',
      '',
      '✗ deploy on production failed after 42.0 s.',
      'Every release host: 2026-11-18_09.12.44 (1a2b3c4d5e).',
      '',
      '  fab production deploy --resume   go on from here',
      '',
      'logs: /var/log/fab/production',
      'exit status 1: failed, and every release host is on one known release',
    ),
  );
});

test('failed after publishing: the two commands to choose from', () => {
  const outcome = { ...doneOutcome, ...quick, status: 1, ending: 'failed', resumable: true } as const;
  expect(summaryText(outcome, shopPlan)).toBe(
    text(
      '✗ deploy on production failed after 42.0 s.',
      'Every release host: 2026-11-20_14.05.33 (9f8e7d6c5b), the release of this run.',
      '',
      '  fab production deploy --resume   go on from here',
      '  fab production rollback          go back to the release before',
      '',
      'logs: /var/log/fab/production',
      'exit status 1: failed, and every release host is on one known release',
    ),
  );
});

test('split: which host is where', () => {
  const outcome = {
    ...failedOutcome,
    ...quick,
    status: 4,
    ending: 'split',
    standings: {
      web1: { kind: 'release', id: newId, commit: newCommit },
      web2: { kind: 'release', id: newId, commit: newCommit },
      web3: { kind: 'release', id: oldId, commit: oldCommit },
      web4: { kind: 'unknown', why: 'The connection was lost.' },
      web5: { kind: 'absent' },
      web6: { kind: 'other', what: 'a real directory' },
    },
  } as const;
  expect(summaryText(outcome, shopPlan)).toBe(
    text(
      '✗ deploy on production ended after 42.0 s, and the release hosts are not all on one known release.',
      '  web1, web2  2026-11-20_14.05.33 (9f8e7d6c5b), the release of this run',
      '  web3        2026-11-18_09.12.44 (1a2b3c4d5e)',
      '  web4        unknown: The connection was lost.',
      '  web5        no release is live',
      '  web6        a real directory',
      '',
      '  fab production deploy --resume   go on from here',
      '  fab production status            ask the hosts again',
      '',
      'logs: /var/log/fab/production',
      'exit status 4: hosts differ, or one could not be asked',
    ),
  );
});

test('locked', () => {
  const outcome = {
    ...doneOutcome,
    ...quick,
    status: 3,
    ending: 'locked',
    standings: {},
    sentence: 'bob on laptop has been deploying since 14:01.',
  } as const;
  expect(summaryText(outcome, shopPlan)).toBe(
    text(
      '✗ deploy on production did not start: another run holds the lock.',
      'bob on laptop has been deploying since 14:01.',
      '',
      '  fab production status   who holds the lock',
      '',
      'logs: /var/log/fab/production',
      'exit status 3: locked by another run',
    ),
  );
});

test('not yet, and interrupted', () => {
  const of = (more: object): string => summaryText({ ...failedOutcome, ...quick, standings: {}, ...more }, shopPlan);
  expect(of({ status: 5, ending: 'not-yet' })).toBe(
    text(
      '– deploy on production stopped after 42.0 s: a gate is not open yet.',
      '',
      '  fab production deploy --resume   go on from here',
      '',
      'logs: /var/log/fab/production',
      'exit status 5: a gate is not open yet; resume later',
    ),
  );
  expect(of({ status: 130, ending: 'interrupted', resumable: false })).toBe(
    text(
      '✗ deploy on production was interrupted after 42.0 s.',
      '',
      'logs: /var/log/fab/production',
      'exit status 130: interrupted by Ctrl-C',
    ),
  );
});

test('held: ready, not published, how to publish it', () => {
  const outcome = {
    ...doneOutcome,
    ...quick,
    resumable: true,
    standings: { web1: { kind: 'release', id: oldId, commit: undefined } },
  } as const;
  expect(summaryText(outcome, shopPlan)).toBe(
    text(
      '✓ deploy on production is done in 42.0 s: release 2026-11-20_14.05.33 (9f8e7d6c5b) is ready and not published; live: 2026-11-18_09.12.44 on web1.',
      '',
      '  fab production deploy --resume   publish it',
      '',
      'logs: /var/log/fab/production',
    ),
  );
});

test('a private release names its directory', () => {
  const plan = planOf(['web1', 'web2'], [], { releaseHosts: [] }, { name: 'setup_release' });
  expect(summaryText({ ...doneOutcome, ...quick, standings: {} }, plan)).toBe(
    text(
      '✓ setup_release on production is done in 42.0 s: release 2026-11-20_14.05.33 (9f8e7d6c5b) is built and not published.',
      '  /home/shop/www/production/releases/2026-11-20_14.05.33',
      '',
      'logs: /var/log/fab/production',
    ),
  );
});

test('the status of a remote command is not given a meaning of ours', () => {
  const plan = planOf(['web1'], [step('run', ['web1'])], { release: undefined }, { name: 'run', exitStatus: 'remote' });
  const outcome = { ...failedOutcome, ...quick, status: 3, standings: {}, release: undefined, resumable: false };
  expect(summaryText(outcome, plan)).toBe(
    text('✗ run on production failed after 42.0 s.', '', 'logs: /var/log/fab/production', 'exit status 3'),
  );
});

test('every exit status of the contract has a meaning', () => {
  expect(Object.keys(exitMeanings).map(Number)).toEqual([0, 1, 2, 3, 4, 5, 129, 130, 143]);
  expect(exitStatusText(129)).toBe('exit status 129: interrupted by SIGHUP');
  expect(exitStatusText(77)).toBe('exit status 77');
});

test('the outcome is green or red', () => {
  expect(summaryText(doneOutcome, shopPlan, { colours: colours(true) })).toContain('\x1b[32m✓ deploy on production');
  expect(summaryText(failedOutcome, shopPlan, { colours: colours(true) })).toContain('\x1b[31m✗ deploy on production');
});
