import { expect, test } from '@jest/globals';
import type { Failure } from '../../src/model/failure.ts';
import { colours, failureLine, failureText, groupFailures, statusText } from '../../src/report/index.ts';

const command = (status: number | string | undefined, more: object = {}): Failure => ({
  reason: 'command',
  command: 'npm ci',
  status,
  output: 'its last words',
  ...more,
});
const on = (failure: Failure, hosts: readonly string[] = ['web1']) => ({ step: 'code.build', hosts, failure });
const text = (...lines: readonly string[]): string => lines.join('\n');

test('a failed command: what, where, the command, its status, its last ten lines', () => {
  const output = Array.from({ length: 14 }, (_, index) => `line ${index + 1}\n`).join('');
  expect(failureText(on(command(2, { output })), { of: 3 })).toBe(
    text(
      '✗ code.build failed on web1 (1 of 3 hosts)',
      '',
      '    npm ci',
      '    exit status 2',
      ...Array.from({ length: 10 }, (_, index) => `    line ${index + 5}`),
    ),
  );
});

test('a command that was not found names the PATH and the setting', () => {
  expect(failureText(on(command(127, { output: 'sh: npm: not found', path: '/usr/bin:/bin' })))).toBe(
    text(
      '✗ code.build failed on web1',
      '',
      '    npm ci',
      '    exit status 127',
      '    sh: npm: not found',
      '',
      '  127 means: command not found. It ran with',
      '    PATH=/usr/bin:/bin',
      '  Add the directory with the setting `path:`.',
    ),
  );
});

test('a command that was killed names the signal, however it was told', () => {
  const killed = (status: number | string, how: string): void =>
    expect(failureText(on(command(status, { output: '' })))).toBe(
      text(
        '✗ code.build failed on web1',
        '',
        '    npm ci',
        `    ${how}`,
        '',
        '  A KILL that nobody sent is mostly the kernel running out of memory; `dmesg` on the host says so.',
      ),
    );
  killed(137, 'killed by KILL (exit status 137)');
  killed('SIGKILL', 'killed by KILL');
  killed('KILL', 'killed by KILL');
});

test.each([
  [0, 'exit status 0'],
  [1, 'exit status 1'],
  [128, 'exit status 128'],
  [130, 'killed by INT (exit status 130)'],
  [143, 'killed by TERM (exit status 143)'],
  [255, 'exit status 255'],
  ['SIGTERM', 'killed by TERM'],
  [undefined, 'ended without an exit status'],
])('status %p reads "%s"', (status, words) => {
  expect(statusText(status)).toBe(words);
});

test('no status at all is no success', () => {
  expect(failureText(on(command(undefined, { output: '' })))).toBe(
    text(
      '✗ code.build failed on web1',
      '',
      '    npm ci',
      '    ended without an exit status',
      '',
      '  The remote side ended it without saying how, so this is not taken for a success.',
    ),
  );
});

test('a long command is cut, and its escapes are taken out', () => {
  const long = 'one\ntwo\x1b[2J\nthree\nfour\nfive\nsix\nseven';
  expect(failureText(on(command(1, { command: long, output: '\x1b[31mred\x1b[0m' })))).toBe(
    text(
      '✗ code.build failed on web1',
      '',
      '    one',
      '    two',
      '    three',
      '    four',
      '    five',
      '    … and 2 more',
      '    exit status 1',
      '    red',
    ),
  );
});

test.each<[Failure, string]>([
  [
    { reason: 'timeout', command: 'npm ci', seconds: 30, silent: false },
    text('✗ code.build timed out on web1', '', '    npm ci', '    ended by us: not done after 30.0 s'),
  ],
  [
    { reason: 'timeout', command: 'npm ci', seconds: 300, silent: true },
    text('✗ code.build timed out on web1', '', '    npm ci', '    ended by us: no output for 5 min 00 s'),
  ],
  [
    { reason: 'lost', message: 'The connection to web1 was lost.' },
    text(
      '✗ code.build lost the connection on web1',
      '',
      '    The connection to web1 was lost.',
      '',
      '  Whether the command went on there is not known; the next run looks before it does anything.',
    ),
  ],
  [
    { reason: 'lost', message: 'The connection to web1 was lost.\nIt goes on.', goesOn: true },
    text('✗ code.build lost the connection on web1', '', '    The connection to web1 was lost.', '    It goes on.'),
  ],
  [{ reason: 'cancelled' }, text('– code.build was cancelled on web1', '', '    cancelled before it was done')],
  [
    { reason: 'not-yet', message: 'The preindex is still running.' },
    text('– code.build cannot go on yet on web1', '', '    The preindex is still running.'),
  ],
  [
    {
      reason: 'thrown',
      message: 'x is undefined',
      stack:
        'Error: x\n    at f (/app/node_modules/fabwright/dist/a.js:1:1)\n    at g (file:///app/ops/db.ts:14:3)\n    at node:internal/x:1',
    },
    text('✗ code.build failed on web1', '', '    x is undefined', '    at g (/app/ops/db.ts:14:3)'),
  ],
])('%p', (failure, words) => {
  expect(failureText(on(failure))).toBe(words);
});

test('the short form is one line', () => {
  expect(failureLine(on(command(1), ['web1', 'web2']))).toBe('✗ code.build failed on web1, web2: exit status 1');
  expect(failureLine(on({ reason: 'thrown', message: 'one\ntwo' }))).toBe('✗ code.build failed on web1: one');
});

test('hosts that failed in the same way are told together, cancelled ones last', () => {
  const failed = (host: string, failure: Failure) => ({ step: 'code.build', host, failure });
  const cancelled: Failure = { reason: 'cancelled' };
  expect(
    groupFailures([
      failed('web1', cancelled),
      failed('web2', command(1)),
      failed('web3', command(2)),
      failed('web4', command(1)),
    ]),
  ).toEqual([on(command(1), ['web2', 'web4']), on(command(2), ['web3']), on(cancelled, ['web1'])]);
});

test('the head is red, what only waits is yellow', () => {
  const painted = colours(true);
  expect(failureText(on(command(1)), { colours: painted })).toMatch(/^\x1b\[31m✗ code.build failed on web1\x1b\[39m/);
  expect(failureText(on({ reason: 'cancelled' }), { colours: painted })).toMatch(/^\x1b\[33m–/);
});
