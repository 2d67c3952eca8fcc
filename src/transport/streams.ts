import { Readable, Writable } from 'node:stream';

/** How much of an output is held here before its sender is made to wait. */
const held = 64 * 1024;

const ignore = (): void => undefined;

/**
 * One output of a command, as its reader sees it. It passes chunks on with back-pressure, and it
 * can be brought to its end although the source never ends: a daemon that was started by the
 * command may hold the source open for days.
 */
export class Outlet extends Readable {
  readonly #source: Readable;
  #over = false;

  /** `heard` is called for every chunk, `done` once when nothing more will come. */
  constructor(source: Readable, heard: () => void, done: () => void) {
    super({ highWaterMark: held });
    this.#source = source;
    source.on('data', (chunk: Buffer) => {
      if (this.#over) return;
      heard();
      if (!this.push(chunk)) source.pause();
    });
    const end = (): void => {
      this.finish();
      done();
    };
    source.on('end', end);
    source.on('close', end);
    // A failing source is a lost connection, which the channel's `ended` reports. An `error` event
    // that nobody listens to would end the process.
    source.on('error', ignore);
    this.on('error', ignore);
  }

  /** Whether the reader is behind, so that silence says nothing about the command. */
  get behind(): boolean {
    return !this.#over && this.#source.isPaused();
  }

  /** Whether the reader has been told that nothing more comes. */
  get over(): boolean {
    return this.#over;
  }

  /** Ends the stream after what has arrived; what comes later is thrown away. */
  finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.push(null);
    // The source must flow for its channel to close.
    this.#source.resume();
  }

  override _read(): void {
    if (!this.#over) this.#source.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#over = true;
    this.#source.resume();
    callback(error);
  }
}

/**
 * The input of a command, as its writer sees it. ssh2 never answers a write on a channel that has
 * closed, so that a `pipeline` into it would wait for ever: `cut` makes such a write fail instead.
 */
export class Inlet extends Writable {
  readonly #target: Writable;

  constructor(target: Writable) {
    super({ highWaterMark: held });
    this.#target = target;
    target.on('error', (error: Error) => this.cut(error));
    this.on('error', ignore);
  }

  /** Ends the stream; with an error if something was still to be written. */
  cut(reason: Error): void {
    if (this.destroyed) return;
    this.destroy(this.writableFinished || this.writableLength === 0 ? undefined : reason);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#target.write(chunk, callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#target.end();
    callback();
  }
}
