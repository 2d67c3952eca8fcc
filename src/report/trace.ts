import type { Observer, RunEvent } from '../run/event.ts';

/** Where the time of a command line went, in the format of Chrome's tracing (about:tracing, Perfetto). */
export interface Trace {
  /** A stretch of time that no run tells of: loading, looking at the hosts. Milliseconds since 1970. */
  readonly span: (name: string, began: number, ended: number) => void;
  readonly observe: Observer;
  /** The file's text: one JSON object, `{"traceEvents": […]}`, with times in microseconds from the first. */
  readonly text: () => string;
}

interface Span {
  /** A host, or what the controller does between the steps. */
  readonly row: string;
  readonly name: string;
  readonly began: number;
  readonly ended: number;
  readonly details: Readonly<Record<string, string>>;
}

const controller = 'controller';
/** The way each step of `perHost` waits for the others at its end shows as the gap before the next. */
const steps = 'steps';

/** Collects the spans of a command line; secrets are hidden in the events already. */
export const trace = (): Trace => {
  const spans: Span[] = [];
  const open = new Map<string, { readonly at: number; readonly commands: string[] }>();
  let phase: { readonly name: string; readonly at: number; readonly detail: string } | undefined;

  const add = (row: string, name: string, began: number, ended: number, details: Span['details'] = {}): void =>
    void spans.push({ row, name, began, ended, details });
  const endPhase = (at: number): void => {
    if (phase !== undefined) add(controller, phase.name, phase.at, at, { on: phase.detail });
    phase = undefined;
  };
  const begin = (key: string, at: number): void => void open.set(key, { at, commands: [] });
  const end = (row: string, step: string, at: number, details: Span['details'] = {}): void => {
    const began = open.get(keyOf(row, step));
    if (began === undefined) return;
    open.delete(keyOf(row, step));
    const commands = began.commands.join('\n');
    add(row, step, began.at, at, commands === '' ? details : { commands, ...details });
  };

  const observe = (event: RunEvent): void => {
    const { at } = event;
    switch (event.type) {
      case 'phase':
        endPhase(at);
        phase = { name: event.name, at, detail: event.detail ?? '' };
        return;
      case 'step-started':
        endPhase(at);
        return begin(keyOf(steps, event.step), at);
      case 'step-finished':
        endPhase(at);
        return end(steps, event.step, at, event.ok ? {} : { failed: 'yes' });
      case 'host-started':
        return begin(keyOf(event.host, event.step), at);
      case 'command-started':
        return void open.get(keyOf(event.host, event.step))?.commands.push(event.command);
      case 'host-succeeded':
        return end(event.host, event.step, at);
      case 'host-failed':
        return end(event.host, event.step, at, { failed: event.failure.reason });
      case 'run-finished':
        return endPhase(at);
      default:
        return;
    }
  };

  return {
    span: (name, began, ended) => add(controller, name, began, ended),
    observe,
    text: () => `${JSON.stringify({ displayTimeUnit: 'ms', traceEvents: traceEvents(spans) })}\n`,
  };
};

const keyOf = (row: string, step: string): string => `${row}\n${step}`;

const traceEvents = (spans: readonly Span[]): readonly object[] => {
  const first = Math.min(...spans.map(({ began }) => began));
  const hosts = [...new Set(spans.map(({ row }) => row))].filter((row) => row !== controller && row !== steps).sort();
  const rows = [controller, steps, ...hosts];
  const names = rows.map((row, tid) => ({ name: 'thread_name', ph: 'M', pid: 1, tid, args: { name: row } }));
  return [
    ...names,
    ...spans.map(({ row, name, began, ended, details }) => ({
      ...{ name, ph: 'X', pid: 1, tid: rows.indexOf(row) },
      ...{ ts: Math.round((began - first) * 1000), dur: Math.round((ended - began) * 1000) },
      args: details,
    })),
  ];
};
