import type { Bench } from '../measure/bench.ts';
import { machineLine } from '../measure/machine.ts';
import { spreadOf } from '../measure/statistics.ts';
import { figure, spread, table } from '../table.ts';
import { inMemory } from './in-memory.ts';
import { growthOf, verdict, type Points } from './growth.ts';
import { measureJump, type JumpRow } from './jump.ts';
import { application, measureSeries, middle, type Cost, type Row, type SeriesOptions } from './series.ts';

/** Beyond this many, one sshd per host would only measure how sshds share this machine. */
const mostSshds = 100;

/** Where both kinds of hosts are measured, so that one can be read in the light of the other. */
const shared = [30, 100];

const usual = [1, 3, 10, 30, 100, 300, 1000];

/** Hosts behind one jump host. */
const behindJump = 30;

/** What a deploy costs by the number of hosts: wall, CPU and memory of the controller, connections, commands. */
export const bench: Bench = async (options, say) => {
  const { where, rows, jump } = await inMemory(async (place) => {
    const measured: Row[] = [];
    for (const series of seriesFor(options.hosts ?? usual, options.rounds))
      measured.push(await measureSeries(series, say));
    return { where: place, rows: measured, jump: await measureJump(behindJump, say) };
  });
  return { markdown: markdownOf(where, rows, jump), figures: { rows: rows.map(plain), jump: { ...jump } } };
};

const plain = ({ kind, hosts, runs }: Row) => ({ kind, hosts, runs: runs.map((run) => ({ ...run })) });

/** Servers of their own as far as they go, then simulated ones, which begin where the two can be compared. */
const seriesFor = (hosts: readonly number[], rounds: number | undefined): readonly SeriesOptions[] => {
  const simulated = hosts.some((count) => count > mostSshds)
    ? hosts.filter((count) => count > mostSshds || shared.includes(count))
    : [];
  return [
    ...hosts.filter((count) => count <= mostSshds).map((count) => ({ kind: 'sshd', hosts: count }) as const),
    ...simulated.map((count) => ({ kind: 'simulated', hosts: count }) as const),
  ].map((series) => ({ ...series, rounds: rounds ?? roundsFor(series.hosts) }));
};

/** A thousand hosts on one machine take minutes, and what is looked at spreads little. */
const roundsFor = (hosts: number): number => (hosts <= 30 ? 5 : hosts <= 100 ? 3 : hosts <= 300 ? 2 : 1);

const markdownOf = (where: string, rows: readonly Row[], jump: JumpRow): string =>
  [
    `### Cost over hosts`,
    `One warm deploy of six changed files of ${application.files}; controller and all hosts share one machine (${machineLine()}), so walls
are those of the hosts' work; their homes are in ${where}. *sshd*: one stock OpenSSH server per host (MaxStartups 10:30:100, MaxSessions 10).
*simulated*: a process speaks SSH for a hundred hosts, and really runs every command in a home per host; it takes the place
of the sshds and has no MaxStartups. So many hosts on so few processors are late in everything, so silence counts later there
(\`keepalive\` 30 s, \`lease\` 120 s).`,
    table([head, ...rows.map(lineOf)]),
    ...growths(rows),
    jumpText(jump),
  ].join('\n\n');

const head = [
  'hosts',
  'server',
  'runs',
  'wall s',
  'controller CPU s',
  'ms per host',
  'peak MB (resident)',
  'MB per host',
  "hosts' CPU s per host",
  'connections per host',
  'commands per host',
  'failed handshakes',
];

const lineOf = (row: Row): readonly string[] => {
  const of = (figureOf: keyof Cost): string => spread(spreadOf(row.runs.map((run) => run[figureOf])));
  return [
    String(row.hosts),
    row.kind,
    `${row.runs.length}`,
    of('wall'),
    of('cpu'),
    figure((middle(row, 'cpu') * 1000) / row.hosts),
    of('residentMb'),
    figure(middle(row, 'residentMb') / row.hosts),
    figure(middle(row, 'hostsCpu') / row.hosts),
    figure(middle(row, 'connections')),
    figure(middle(row, 'commands')),
    String(row.runs.reduce((sum, { failedHandshakes }) => sum + failedHandshakes, 0)),
  ];
};

/** Each kind by itself: what one costs more than the other is not what a host costs. */
const growths = (rows: readonly Row[]): readonly string[] =>
  (['sshd', 'simulated'] as const).flatMap((kind) => {
    const own = rows.filter((row) => row.kind === kind);
    if (own.length < 2) return [];
    const points = (cost: (row: Row) => number): Points => own.map((row) => [row.hosts, cost(row)]);
    return [
      [
        `- ${verdict(`Controller's CPU, ${kind}`, 'ms', growthOf(points((row) => middle(row, 'cpu') * 1000)), 0)}`,
        `- ${verdict(`Controller's memory, ${kind}`, 'MB', growthOf(points((row) => middle(row, 'residentMb'))), 2)}`,
      ].join('\n'),
    ];
  });

const jumpText = ({ hosts, wall, cpu, jumpConnections, failedHandshakes, drops }: JumpRow): string =>
  `${hosts} hosts behind one jump host with a stock sshd: ${figure(wall)} s, ${figure(cpu)} s of the controller's CPU,
${jumpConnections} connection${jumpConnections === 1 ? '' : 's'} to the jump host, ${failedHandshakes} failed handshakes, ${drops} connections dropped by MaxStartups.`;
