import { expect, test } from '@jest/globals';
import type { BoardOptions } from '../../src/report/board.ts';
import { board, colours } from '../../src/report/index.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { doneOutcome, failingRun, hostNames, planOf, sender, shopPlan, startedAt, step } from './fixtures.ts';
import { ManualClock } from './manual-clock.ts';
import { VirtualTerminal, type VirtualTerminalOptions } from './virtual-terminal.ts';

const rig = (size: VirtualTerminalOptions, more: Partial<BoardOptions> = {}) => {
  const terminal = new VirtualTerminal(size);
  const clock = new ManualClock(startedAt);
  const live = board({ terminal, clock, colours: colours(false), ...more });
  return { terminal, clock, live, send: sender(live.observe) };
};

/** Everybody builds. */
const building = (send: ReturnType<typeof sender>, plan: Plan): void => {
  const hosts = plan.hosts.map(({ host }) => host);
  send(0, { type: 'run-started', plan, logDirectory: '/logs' });
  send(0, { type: 'step-started', step: 'code.build', hosts });
  for (const host of hosts) send(0, { type: 'host-started', step: 'code.build', host });
};
const fleet = (count: number): Plan => {
  const hosts = hostNames('web', count);
  return planOf(hosts, [step('code.build', hosts), step('web.restart', hosts)]);
};
const say = (send: ReturnType<typeof sender>, host: string, line: string): void =>
  send(1, { type: 'output', step: 'code.build', host, stream: 'out', line });

test('each host has a line with its step, its time and its last output', () => {
  const { terminal, clock, send } = rig({ columns: 80, rows: 24 });
  building(send, fleet(3));
  say(send, 'web01', 'compiling a.ts');
  say(send, 'web01', 'compiling b.ts');
  clock.pass(65_000);
  send(65, { type: 'host-succeeded', step: 'code.build', host: 'web02', seconds: 65, result: null });
  clock.pass(100);
  expect(terminal.screen).toEqual([
    'deploy on production  step 1 of 2  1:05  code.build 1 of 3 hosts',
    '▸ web01  code.build   1:05  compiling b.ts',
    '✓ web02  code.build',
    '▸ web03  code.build   1:05',
  ]);
  expect(terminal.cursor).toEqual({ column: 0, row: 0 });
});

test('a host that is not in the step is idle, one that waits for its batch waits', () => {
  const { terminal, clock, send } = rig({ columns: 100, rows: 24 });
  send(0, { type: 'run-started', plan: shopPlan, logDirectory: '/logs' });
  send(0, { type: 'step-started', step: 'web.restart', hosts: ['web1', 'web2'] });
  send(0, { type: 'host-started', step: 'web.restart', host: 'web1' });
  send(0, { type: 'phase', name: 'health', detail: 'web1' });
  clock.pass(0);
  expect(terminal.screen).toEqual([
    'deploy on production  step 1 of 10  0:00  web.restart 0 of 2 hosts  health: web1',
    '▸ web1     web.restart   0:00',
    '… web2     web.restart',
    '· worker1',
  ]);
});

test('what is worth keeping is printed above, and the board is gone at the end', () => {
  const { terminal, clock, live } = rig({ columns: 80, rows: 24 });
  failingRun(live.observe);
  live.close();
  expect(terminal.screen).toEqual([
    '✓ release.create 0.1 s',
    '[web1] The cache is warm.',
    '✗ assets.build failed on web2: exit status 1',
    '✗ assets.build 2.7 s',
    '- release.publish skipped: assets.build failed',
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
  ]);
  expect(clock.pending).toBe(0);
  expect(terminal.listeners).toBe(0);
});

test('closing in the middle of a run erases the board and prints what was waiting', () => {
  const { terminal, clock, live, send } = rig({ columns: 60, rows: 10 });
  terminal.write('$ fab production deploy\n');
  building(send, fleet(2));
  clock.pass(500);
  send(1, { type: 'said', host: 'web01', sentence: 'Two lines,\nboth kept.' });
  live.close();
  expect(terminal.screen).toEqual(['$ fab production deploy', '[web01] Two lines,', '[web01] both kept.']);
  expect(clock.pending).toBe(0);
});

test('with more hosts than rows, failed and slow hosts are shown and the others counted', () => {
  const { terminal, clock, send } = rig({ columns: 60, rows: 6 });
  terminal.write('above\n');
  building(send, fleet(30));
  for (const host of hostNames('web', 20))
    send(2, { type: 'host-succeeded', step: 'code.build', host, seconds: 2, result: null });
  send(3, {
    type: 'host-failed',
    step: 'code.build',
    host: 'web30',
    seconds: 3,
    failure: { reason: 'lost', message: 'The connection to web30 was lost.' },
  });
  clock.pass(3000);
  expect(terminal.screen).toEqual([
    ' web30 was lost.',
    'deploy on production  step 1 of 2  0:03  1 failed  code.bu…',
    '▸ web21  code.build   0:03',
    '▸ web22  code.build   0:03',
    '✗ web30  code.build         The connection to web30 was lo…',
    '… and 27 more hosts (20 done)',
  ]);
  expect(terminal.everything.slice(0, 2)).toEqual([
    'above',
    '✗ code.build lost the connection on web30: The connection to',
  ]);
});

test('hundreds of hosts and a long run leave no trace in the scrollback', () => {
  const { terminal, clock, live, send } = rig({ columns: 40, rows: 10 });
  building(send, fleet(300));
  for (let second = 1; second <= 30; second += 1) {
    for (const host of hostNames('web', 300)) say(send, host, `line ${second} `.repeat(20));
    clock.pass(1000);
  }
  expect(terminal.screen).toHaveLength(9);
  expect(terminal.everything).toHaveLength(9);
  live.close();
  expect(terminal.everything).toEqual([]);
});

const awkward = [
  'e\u0301 combining '.repeat(20),
  '日本語のログ出力です'.repeat(10),
  '👨‍👩‍👧‍👦 family 🇩🇪 flag ❤️ heart '.repeat(5),
  '\x1b[31mred\x1b[0m \x1b[2J\x1b[H\x1b]0;title\x07cleared \x07bell \b\b back \x9b31m',
  '10%\r20%\r\x1b[K99%',
  'a\tb\u202eright to left',
  'x'.repeat(100_000),
];

test.each([true, false])('no output breaks a line (terminal can switch wrapping off: %p)', (canSwitchWrap) => {
  const { terminal, clock, live, send } = rig({ columns: 41, rows: 20, canSwitchWrap });
  building(send, fleet(awkward.length));
  awkward.forEach((line, index) => say(send, `web0${index + 1}`, line));
  clock.pass(500);
  expect(terminal.screen).toEqual([
    'deploy on production  step 1 of 2  0:00…',
    '▸ web01  code.build   0:00  e\u0301 combining…',
    '▸ web02  code.build   0:00  日本語のロ…',
    '▸ web03  code.build   0:00  👨‍👩‍👧‍👦 fa…',
    '▸ web04  code.build   0:00  red cleared…',
    '▸ web05  code.build   0:00  99%',
    '▸ web06  code.build   0:00  a bright to…',
    '▸ web07  code.build   0:00  xxxxxxxxxxx…',
  ]);
  live.close();
  expect(terminal.everything).toEqual([]);
});

test.each([
  { reflow: true, shrinks: 'bottom' as const },
  { reflow: true, shrinks: 'top' as const },
  { reflow: false, shrinks: 'bottom' as const },
  { reflow: false, shrinks: 'top' as const },
])('the board stays whole when the window is resized: %p', (kind) => {
  const { terminal, clock, live, send } = rig({ columns: 80, rows: 12, ...kind });
  terminal.write('$ fab\n');
  building(send, fleet(8));
  for (const host of hostNames('web', 8)) say(send, host, 'a line that is quite long '.repeat(10));
  clock.pass(200);
  expect(terminal.screen).toHaveLength(10);
  for (const [columns, rows] of [
    [40, 12],
    [30, 5],
    [100, 30],
    [20, 2],
    [60, 1],
    [80, 12],
  ] as const) {
    terminal.resize(columns, rows);
    clock.pass(200);
    const drawn = terminal.screen.filter((line) => !line.startsWith('$ fab'));
    expect(drawn).toHaveLength(Math.max(1, Math.min(rows - 1, 9)));
    expect(drawn[0]).toMatch(/^deploy on product/);
  }
  live.close();
  expect(terminal.everything).toEqual(['$ fab']);
  expect(terminal.listeners).toBe(0);
});

test('resizing back and forth before a redraw loses nothing that was printed', () => {
  const { terminal, clock, live, send } = rig({ columns: 80, rows: 12 });
  building(send, fleet(4));
  clock.pass(200);
  send(1, { type: 'said', sentence: 'Kept.' });
  clock.pass(200);
  terminal.resize(20, 12);
  terminal.resize(50, 8);
  send(2, { type: 'said', sentence: 'Kept too.' });
  live.close();
  expect(terminal.everything).toEqual(['Kept.', 'Kept too.']);
});

test('it draws at most ten times a second, and once a second when nothing happens', () => {
  const { terminal, clock, send } = rig({ columns: 80, rows: 12 });
  building(send, fleet(3));
  terminal.writes = 0;
  for (let time = 0; time < 1000; time += 1) {
    say(send, 'web01', `line ${time}`);
    clock.pass(1);
  }
  expect(terminal.writes).toBeLessThanOrEqual(11);
  expect(terminal.writes).toBeGreaterThanOrEqual(9);
  clock.pass(100);
  terminal.writes = 0;
  clock.pass(10_000);
  expect(terminal.writes).toBe(10);
});

test('run and manage print what the command says', () => {
  const { terminal, live, send } = rig({ columns: 80, rows: 12 });
  const hosts = ['web1'];
  const plan = planOf(
    hosts,
    [step('run', hosts)],
    { release: undefined, releaseHosts: [] },
    { name: 'run', exitStatus: 'remote' },
  );
  send(0, { type: 'run-started', plan, logDirectory: '/logs' });
  send(0, { type: 'output', step: 'run', host: 'web1', stream: 'out', line: 'up 3 days' });
  send(1, {
    type: 'run-finished',
    outcome: { ...doneOutcome, release: undefined, commit: undefined, standings: {}, timings: [], seconds: 1 },
  });
  live.close();
  expect(terminal.screen).toEqual([
    '[web1] up 3 days',
    '',
    '✓ run on production is done in 1.0 s: 1 host.',
    '',
    'logs: /var/log/fab/production',
  ]);
});

test('several runs follow each other on one board', () => {
  const { terminal, clock, live, send } = rig({ columns: 80, rows: 12 });
  building(send, fleet(2));
  clock.pass(200);
  send(1, { type: 'run-finished', outcome: { ...doneOutcome, timings: [] } });
  expect(terminal.screen.at(-1)).toBe('logs: /var/log/fab/production');
  building(send, fleet(1));
  clock.pass(200);
  expect(terminal.screen.slice(-2)).toEqual([
    'deploy on production  step 1 of 2  0:00  code.build 0 of 1 host',
    '▸ web01  code.build   0:00',
  ]);
  live.close();
});

test('in colour only the signs and the words around them are painted, and widths stay right', () => {
  const { terminal, clock, send } = rig({ columns: 50, rows: 12 }, { colours: colours(true) });
  building(send, fleet(1));
  say(send, 'web01', 'x'.repeat(100));
  clock.pass(200);
  expect(terminal.screen).toEqual([
    'deploy on production  step 1 of 2  0:00  code.bu…',
    `▸ web01  code.build   0:00  ${'x'.repeat(20)}…`,
  ]);
});
