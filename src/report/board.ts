import type { Plan } from '../plan/plan.ts';
import type { Observer, RunEvent, RunEventType } from '../run/event.ts';
import { boardFrame } from './board-frame.ts';
import { BoardState } from './board-state.ts';
import type { Colours } from './colours.ts';
import { eventLines } from './event-text.ts';
import type { Verbosity } from './lines.ts';
import { systemClock, type Clock, type Terminal } from './terminal.ts';

export interface BoardOptions {
  readonly terminal: Terminal;
  readonly colours: Colours;
  /** `verbose` prints commands and output above the board as well. */
  readonly verbosity?: Exclude<Verbosity, 'quiet'>;
  readonly clock?: Clock;
}

export interface Board {
  readonly observe: Observer;
  /** Erases the board and prints what was still to be printed. Call it however the run ends. */
  close(): void;
}

const permanent: ReadonlySet<RunEventType> = new Set([
  'step-skipped',
  'step-finished',
  'host-failed',
  'said',
  'run-finished',
]);
const permanentWhenVerbose: ReadonlySet<RunEventType> = new Set(['host-succeeded', 'command-started', 'output']);

const fastest = 100;
const tick = 1000;

// Clearing from the very first cell makes tmux keep the cleared screen in its history: start one cell later.
const clearBelow = '\r\x1b[K\x1b[C\x1b[J\r';
// Should a terminal find a line wider than we did, it cuts it off instead of wrapping it.
const wrapOff = '\x1b[?7l';
const wrapOn = '\x1b[?7h';

/**
 * Reports a run on a terminal: a live line for each host at the bottom, everything that is worth
 * keeping printed above it.
 *
 * Between redraws the cursor waits at the board's first line. A terminal that is resized keeps the
 * cursor with its text, however it re-wraps the rest, so clearing from the cursor on is right
 * without knowing what the resize did. Only what it pushed into the scrollback meanwhile is beyond
 * reach: narrowing a full window can leave a part of one old board there.
 */
export const board = ({ terminal, colours, verbosity = 'normal', clock = systemClock }: BoardOptions): Board => {
  const state = new BoardState();
  let plan: Plan | undefined;
  let waiting: string[] = [];
  let active = false;
  let drawn = false;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let timer: { readonly due: number; readonly stop: () => void } | undefined;
  let stopListening: (() => void) | undefined;

  const draw = (): void => {
    timer?.stop();
    timer = undefined;
    drawnAt = clock.now();
    const above = waiting.map((line) => `${line}\n`).join('');
    waiting = [];
    const frame = active ? frameText() : '';
    const erase = drawn ? clearBelow : '';
    drawn = frame !== '';
    if (erase + above + frame !== '') terminal.write(erase + above + frame);
    if (active) drawIn(tick);
  };

  const frameText = (): string => {
    const { columns, rows } = terminal;
    const lines = boardFrame(state, { columns, rows, now: drawnAt, colours });
    const back = lines.length > 1 ? `\x1b[${lines.length - 1}A` : '';
    return `${wrapOff}${lines.join('\n')}\r${back}${wrapOn}`;
  };

  const drawIn = (milliseconds: number): void => {
    const due = Math.max(clock.now() + milliseconds, drawnAt + fastest);
    if (timer !== undefined && timer.due <= due) return;
    timer?.stop();
    timer = { due, stop: clock.after(due - clock.now(), draw) };
  };

  const activate = (): void => {
    active = true;
    stopListening ??= terminal.onResize(() => drawIn(0));
  };

  const deactivate = (): void => {
    active = false;
    stopListening?.();
    stopListening = undefined;
    draw();
  };

  const prints = (event: RunEvent): boolean =>
    permanent.has(event.type) ||
    (verbosity === 'verbose' && permanentWhenVerbose.has(event.type)) ||
    // `run` and `manage` are asked for the sake of what the command says.
    (event.type === 'output' && plan?.task.exitStatus === 'remote');

  return {
    observe: (event) => {
      if (event.type === 'run-started') {
        plan = event.plan;
        activate();
      }
      state.apply(event);
      if (prints(event)) waiting.push(...eventLines(event, { colours, verbose: verbosity === 'verbose', plan }));
      if (event.type === 'run-finished') deactivate();
      else drawIn(0);
    },
    close: deactivate,
  };
};
