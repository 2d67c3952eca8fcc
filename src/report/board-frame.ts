import type { BoardHost, BoardState, HostMark } from './board-state.ts';
import type { Colours } from './colours.ts';
import { elapsed } from './duration.ts';
import { plain } from './plain.ts';
import { pad, textWidth, truncate } from './width.ts';
import { counted } from './words.ts';

export interface FrameOptions {
  readonly columns: number;
  readonly rows: number;
  readonly now: number;
  readonly colours: Colours;
}

const signs: Readonly<Record<HostMark, string>> = { failed: '✗', running: '▸', waiting: '…', done: '✓', idle: '·' };
const importance: readonly HostMark[] = ['failed', 'running', 'waiting', 'done', 'idle'];
/** A line longer than any terminal is wide need not be measured to its end. */
const longest = 2000;

/**
 * The board as lines: at most `rows - 1` of them, so that the line above stays in sight, and none
 * wider than `columns - 1`, because a character in the last column makes some terminals wrap.
 */
export const boardFrame = (state: BoardState, options: FrameOptions): readonly string[] => {
  const width = options.columns - 1;
  const room = Math.max(1, options.rows - 1) - 1;
  const { shown, hidden } = fitting(state.hosts, room);
  const names = Math.max(0, ...shown.map(({ name }) => textWidth(name)));
  const steps = Math.max(0, ...shown.map(({ step }) => textWidth(step)));
  return [
    options.colours.bold(truncate(topLine(state, options.now), width)),
    ...shown.map((host) => hostLine(host, { ...options, width, names, steps })),
    ...(hidden.length === 0 || room === 0 ? [] : [options.colours.dim(truncate(moreLine(hidden), width))]),
  ];
};

const topLine = (state: BoardState, now: number): string => {
  const { running, total, passed, failed, title, phase, startedAt } = state;
  const steps = running.map(({ step, hosts, done }) => `${step} ${done} of ${counted(hosts, 'host')}`);
  return [
    title,
    ...(total === 0 ? [] : [`step ${Math.min(passed + 1, total)} of ${total}`]),
    ...(startedAt === undefined ? [] : [elapsed(now - startedAt)]),
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...steps,
    ...(phase === undefined ? [] : [plain(phase)]),
  ].join('  ');
};

/** The hosts that a person would look for first, shown in inventory order so that lines keep their places. */
const fitting = (
  hosts: readonly BoardHost[],
  room: number,
): { readonly shown: readonly BoardHost[]; readonly hidden: readonly BoardHost[] } => {
  if (hosts.length <= room) return { shown: hosts, hidden: [] };
  const chosen = new Set(hosts.toSorted(byImportance).slice(0, Math.max(0, room - 1)));
  return { shown: hosts.filter((host) => chosen.has(host)), hidden: hosts.filter((host) => !chosen.has(host)) };
};

/** Failed ones, then what has been running longest. */
const byImportance = (a: BoardHost, b: BoardHost): number =>
  importance.indexOf(a.mark) - importance.indexOf(b.mark) || (a.since ?? 0) - (b.since ?? 0);

const moreLine = (hidden: readonly BoardHost[]): string => {
  const done = hidden.filter(({ mark }) => mark === 'done').length;
  return `… and ${counted(hidden.length, 'more host')} (${done} done)`;
};

interface HostLineOptions extends FrameOptions {
  readonly width: number;
  readonly names: number;
  readonly steps: number;
}

const hostLine = (host: BoardHost, { width, names, steps, now, colours }: HostLineOptions): string => {
  const time = host.since === undefined ? '' : elapsed(now - host.since);
  const said = plain(host.lastLine.slice(-longest)).replaceAll('\t', ' ');
  const words = `${pad(host.name, names)}  ${pad(host.step, steps)}  ${time.padStart(5)}  ${said}`;
  return `${paintSign(colours, host.mark)} ${truncate(words, width - 2).trimEnd()}`;
};

const paintSign = (colours: Colours, mark: HostMark): string => {
  const sign = signs[mark];
  if (mark === 'failed') return colours.red(sign);
  if (mark === 'done') return colours.green(sign);
  return mark === 'running' ? sign : colours.dim(sign);
};
