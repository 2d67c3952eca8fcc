import { expect, test } from '@jest/globals';
import { colours, lines, type Verbosity } from '../../src/report/index.ts';
import { failingRun } from './fixtures.ts';

const report = (verbosity: Verbosity): string => {
  let text = '';
  failingRun(lines({ write: (more) => (text += more), colours: colours(false), verbosity }));
  return text;
};
const text = (...written: readonly string[]): string => `${written.join('\n')}\n`;

const summary = [
  '',
  '✗ assets.build failed on web2 (1 of 2 hosts)',
  '',
  '    npm run build',
  '    exit status 1',
  '    sh: build',
  '    error: no space left',
  '',
  '✗ deploy on production failed after 3.1 s.',
  'Every release host: 2026-11-18_09.12.44 (1a2b3c4d5e).',
  '',
  '  fab production deploy --resume   go on from here',
  '',
  'logs: /var/log/fab/production',
  'exit status 1: failed, and every release host is on one known release',
];

test('normal: each line of output after its host', () => {
  expect(report('normal')).toBe(
    text(
      'deploy on production, release 2026-11-20_14.05.33, 3 hosts',
      'logs: /var/log/fab/production',
      '· lock: 3 hosts',
      '▸ release.create on web1, web2, worker1',
      '✓ release.create 0.1 s',
      '▸ assets.build on web1, web2',
      '[web1] 100%',
      '[web1] The cache is warm.',
      '[web2] error: no space left',
      '✗ assets.build failed on web2: exit status 1',
      '✗ assets.build 2.7 s',
      '- release.publish skipped: assets.build failed',
      ...summary,
    ),
  );
});

test('quiet: failures and the summary', () => {
  expect(report('quiet')).toBe(text('✗ assets.build failed on web2: exit status 1', ...summary));
});

test('verbose: commands and the result of every host', () => {
  expect(report('verbose')).toBe(
    text(
      'deploy on production, release 2026-11-20_14.05.33, 3 hosts',
      'logs: /var/log/fab/production',
      '· lock: 3 hosts',
      '▸ release.create on web1, web2, worker1',
      '[web1] release.create was done before',
      '✓ release.create 0.1 s',
      '▸ assets.build on web1, web2',
      '[web1] $ npm run build',
      '[web2] $ npm run build',
      '[web1] 100%',
      '[web1] The cache is warm.',
      '[web1] ✓ assets.build 1.7 s',
      '[web2] error: no space left',
      '✗ assets.build failed on web2: exit status 1',
      '✗ assets.build 2.7 s',
      '- release.publish skipped: assets.build failed',
      ...summary,
    ),
  );
});
