import type { Readable, Writable } from 'node:stream';
import { Inlet, Outlet } from './streams.ts';
import type { Channel, Ending } from './transport.ts';

/**
 * How long the outputs must be silent after the exit before the answer is taken: a server tells the exit before
 * it has read the last of the output, and a lost packet comes again after 0.2 s and more.
 */
const quietMilliseconds = 1_000;

/**
 * How long outputs may go on after the exit without a pause of a second. What the command itself
 * wrote is in the buffers of the host when it exits (some 300 KiB at most) and arrives in this
 * time even over a slow line; a chatty daemon ends it.
 */
const longestDrainMilliseconds = 5_000;

/** The streams of a command as the library hands them over. */
export interface RawStreams {
  readonly input: Writable;
  readonly output: Readable;
  readonly errors: Readable;
  /** Lets go of the streams; called once, when the answer is taken or the caller closes. */
  release(): void;
}

const brokenPipe = (): Error =>
  Object.assign(new Error('The command has ended and reads no more input.'), { code: 'EPIPE' });

/**
 * A channel over raw streams: decides when a command is over. Whoever owns the streams reports
 * what happened with `exited`, `closed` and `lost`.
 *
 * The answer is taken at the exit plus the drain, not when the channel closes (a background
 * process that inherited the output keeps it open), and at once when both outputs have ended.
 * While the reader is behind nothing is cut off, however long it takes.
 */
export class StreamChannel implements Channel {
  readonly input: Inlet;
  readonly output: Outlet;
  readonly errors: Outlet;
  readonly ended: Promise<Ending>;
  readonly #raw: RawStreams;
  readonly #resolve: (ending: Ending) => void;
  readonly #reject: (reason: Error) => void;
  #ending: Ending | undefined;
  #draining = false;
  #settled = false;
  #released = false;
  #quiet: NodeJS.Timeout | undefined;
  #limit: NodeJS.Timeout | undefined;

  constructor(raw: RawStreams) {
    this.#raw = raw;
    const { promise, resolve, reject } = deferred<Ending>();
    this.ended = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    // A loss is told to whoever asks for the ending; if nobody does, it must not end the process.
    promise.catch(() => undefined);
    const heard = (): void => this.#wait();
    const done = (): void => this.#checkDone();
    this.input = new Inlet(raw.input);
    this.output = new Outlet(raw.output, heard, done);
    this.errors = new Outlet(raw.errors, heard, done);
  }

  /** Whether the end is known, or on its way: the drain may go on. */
  get isOver(): boolean {
    return this.#ending !== undefined || this.#draining || this.#settled;
  }

  close(): void {
    this.#ending ??= { kind: 'none' };
    this.#finish();
  }

  /** The host said how the command ended. */
  exited(ending: Ending): void {
    this.#ending ??= ending;
    this.#drain();
    this.#checkDone(); // Both outputs may have ended before we hear of the exit.
  }

  /** The channel is closed. Without an exit before, a loss may still follow within the drain. */
  closed(): void {
    this.#drain();
    this.#checkDone();
  }

  /** The connection is gone. A command whose exit was heard keeps its answer. */
  lost(reason: Error): void {
    this.input.cut(reason);
    if (this.#ending === undefined) {
      this.#settled = true;
      this.#reject(reason);
    }
    this.#drain();
  }

  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#wait();
    this.#limitDrain();
    this.#checkDone();
  }

  #wait(): void {
    if (!this.#draining) return;
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#lookAgain(), quietMilliseconds);
    // After a loss nobody waits for this any more; a reader that never comes shall hold nothing up.
    if (this.#settled) this.#quiet.unref();
  }

  /** A process that was busy for longer sees its timers before what has arrived meanwhile. */
  #lookAgain(): void {
    const quiet = this.#quiet;
    setImmediate(() => {
      if (!this.#draining || this.#quiet !== quiet) return;
      if (this.#behind) this.#wait();
      else this.#finish();
    });
  }

  #limitDrain(): void {
    this.#limit = setTimeout(() => (this.#behind ? this.#limitDrain() : this.#finish()), longestDrainMilliseconds);
    if (this.#settled) this.#limit.unref();
  }

  get #behind(): boolean {
    return this.output.behind || this.errors.behind;
  }

  #checkDone(): void {
    if (this.#ending !== undefined && this.output.over && this.errors.over) this.#finish();
  }

  #finish(): void {
    clearTimeout(this.#quiet);
    clearTimeout(this.#limit);
    this.#draining = false;
    this.output.finish();
    this.errors.finish();
    this.input.cut(brokenPipe());
    if (!this.#settled) {
      this.#settled = true;
      this.#resolve(this.#ending ?? { kind: 'none' });
    }
    this.#release();
  }

  #release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#raw.release();
  }
}

/** A promise with its two levers, as `Promise.withResolvers` gives from Node 22 on. */
export const deferred = <Value>(): {
  promise: Promise<Value>;
  resolve: (value: Value) => void;
  reject: (reason: Error) => void;
} => {
  let resolve: (value: Value) => void = () => undefined;
  let reject: (reason: Error) => void = () => undefined;
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
};
