import type { Host } from '../../../src/model/host.ts';
import type { RunEvent } from '../../../src/run/event.ts';
import { Fleet } from '../../../src/session/fleet.ts';
import type { Channel, Connection, Transport } from '../../../src/transport/transport.ts';
import type { Point, Side } from '../point.ts';

/** Called at every point, before and after its action; may block the whole process. */
export type Visit = (point: Point, side: Side) => void;

/** Lines of a keeper's that time alone decides on: no two runs have the same number of them. */
const untimed = /^beat$/;

/** Where the run is, host by host, and which time it comes by a point. */
export class Itinerary {
  readonly #visit: Visit;
  readonly #times = new Map<string, number>();
  readonly #steps = new Map<string, string>();
  #phase = 'connect';

  constructor(visit: Visit) {
    this.#visit = visit;
  }

  /** Comes by a point; the answer is what to call when its action is over. */
  pass(what: string, host?: string, inStep?: string): () => void {
    const step = inStep ?? (host === undefined ? undefined : this.#steps.get(host)) ?? this.#phase;
    const key = `${step}|${what}|${host ?? ''}`;
    const nth = (this.#times.get(key) ?? 0) + 1;
    this.#times.set(key, nth);
    const point: Point = { step, what, host, nth };
    this.#visit(point, 'before');
    return () => this.#visit(point, 'after');
  }

  /** Every decision of the engine's that can be seen is a point of the controller's. */
  observe(event: RunEvent): void {
    if (event.type === 'output' || event.type === 'command-started' || event.type === 'said') return;
    if (event.type === 'phase') this.#enter(event.name);
    if (event.type === 'step-started') this.#enter(event.step);
    if (event.type === 'host-started') this.#steps.set(event.host, event.step);
    const host = 'host' in event ? event.host : undefined;
    const step = 'step' in event ? event.step : undefined;
    setImmediate(this.pass(`event ${event.type}`, host, step));
  }

  #enter(step: string): void {
    this.#phase = step;
    this.#steps.clear();
  }
}

/** A fleet whose every connection, command and keeper's line is a point, over the environment's own. */
export const watchedFleet = (inner: Fleet, itinerary: Itinerary): Fleet =>
  new Fleet(watchedTransport(inner, itinerary));

const watchedTransport = (inner: Fleet, itinerary: Itinerary): Transport => ({
  async connect(host: Host, signal: AbortSignal): Promise<Connection> {
    const after = itinerary.pass('connect', host.name);
    const refused = await inner.connect(host, signal);
    if (refused !== undefined) throw Object.assign(new Error(refused.sentence), { hint: refused.hint });
    after();
    return watchedConnection(inner.on(host.name), itinerary);
  },
});

const watchedConnection = (inner: Connection, itinerary: Itinerary): Connection => ({
  host: inner.host,
  lost: inner.lost,
  close: () => inner.close(),
  ahead: (command) => inner.ahead(command),
  async open(command) {
    const after = itinerary.pass('open', inner.host.name);
    const channel = await inner.open(command);
    watchInput(channel, inner.host.name, itinerary);
    after();
    return channel;
  },
});

const isKeeper = (program: string): boolean => /exec (perl -e|python3 -c) |fab-keeper /.test(program);

/**
 * The first line is the program. A keeper is asked line by line; what else is written belongs to git's
 * protocol or to a file, and is a point when it begins and when it ends.
 */
const watchInput = (channel: Channel, host: string, itinerary: Itinerary): void => {
  const { input, output } = channel;
  const write = input.write.bind(input) as (chunk: unknown, ...rest: unknown[]) => boolean;
  const end = input.end.bind(input) as (chunk?: unknown, ...rest: unknown[]) => typeof input;
  let kind: 'new' | 'keeper' | 'other' = 'new';
  const asked: string[] = [];
  const passes = (chunk: unknown): (() => void) | undefined => {
    if (kind === 'keeper') {
      const word = String(chunk).split(/[ \n]/)[0] ?? '';
      asked.push(word);
      return untimed.test(word) ? undefined : itinerary.pass(`ask ${word}`, host);
    }
    if (kind === 'other') return undefined;
    const keeper = isKeeper(String(chunk));
    kind = keeper ? 'keeper' : 'other';
    if (keeper) output.prependListener('data', answered);
    return itinerary.pass(keeper ? 'start keeper' : 'send', host);
  };
  const answered = (chunk: Buffer): void => {
    const answers = chunk.toString().split('\n').length - 1;
    for (let n = 0; n < answers; n += 1) {
      const word = asked.shift() ?? 'start';
      if (!untimed.test(word)) setImmediate(itinerary.pass(`answer ${word}`, host));
    }
  };
  input.write = ((chunk: unknown, ...rest: unknown[]) => {
    const after = passes(chunk);
    const more = write(chunk, ...rest);
    if (after !== undefined) setImmediate(after);
    return more;
  }) as typeof input.write;
  input.end = ((chunk?: unknown, ...rest: unknown[]) => {
    const after = chunk === undefined ? undefined : passes(chunk);
    const ended = chunk === undefined ? end() : end(chunk, ...rest);
    if (after !== undefined) setImmediate(after);
    return ended;
  }) as typeof input.end;
};
