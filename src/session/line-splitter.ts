import { StringDecoder } from 'node:string_decoder';

/** A line is cut here: looking for the end of one of many megabytes, chunk by chunk, would take minutes. */
const longest = 256 * 1024;

/**
 * Cuts a byte stream into lines. A character that is split over two chunks survives; a progress
 * bar's carriage returns count as line ends, so that its last state is what is seen.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  readonly #emit: (line: string) => void;
  #rest = '';
  constructor(emit: (line: string) => void) {
    this.#emit = emit;
  }
  push(chunk: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.write(Buffer.from(chunk))).split(/\r?\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    lines.forEach(this.#emit);
    if (this.#rest.length < longest) return;
    this.#emit(this.#rest);
    this.#rest = '';
  }
  end(): void {
    const last = this.#rest + this.#decoder.end();
    this.#rest = '';
    if (last !== '') this.#emit(last.replace(/\r$/, ''));
  }
}
