import { Transform, type TransformCallback } from 'node:stream';

/** More chatter than this before our own marker, and the answer is not ours. */
const mostChatter = 256 * 1024;

/**
 * Lets through only what follows our marker line. A `.bashrc` that prints, a banner, or a
 * restricted shell that says "no" and exits 0 are thereby no answer.
 */
export class MarkedStream extends Transform {
  readonly #marker: Buffer;
  #before: Buffer | undefined = Buffer.alloc(0);
  constructor(marker: string) {
    super();
    this.#marker = Buffer.from(`${marker}\n`);
  }
  /** Whether the marker has come. */
  get found(): boolean {
    return this.#before === undefined;
  }
  /** What came instead of the marker. */
  get chatter(): string {
    return this.#before?.toString('utf8') ?? '';
  }
  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    if (this.#before === undefined) return done(null, chunk);
    const seen = Buffer.concat([this.#before, chunk]);
    const at = seen.indexOf(this.#marker);
    if (at >= 0) {
      this.#before = undefined;
      const rest = seen.subarray(at + this.#marker.length);
      if (rest.length > 0) this.push(rest);
    } else this.#before = seen.subarray(0, mostChatter);
    done();
  }
}
