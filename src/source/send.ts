import { createReadStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Awaited before so many bytes go out: the place to hold back a bulk transfer. */
export type Pace = (bytes: number) => Promise<void>;

const unpaced: Pace = () => Promise.resolve();

const chunk = 65_536;

/**
 * Writes bytes, then a file, into a stream that stays open. The only way anything is pushed: back-pressure and
 * pacing are here.
 */
export const send = async (
  input: Writable,
  head: Uint8Array,
  {
    file,
    pace = unpaced,
    signal,
  }: { file?: string | undefined; pace?: Pace | undefined; signal?: AbortSignal | undefined },
): Promise<void> => {
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    await pace(head.length);
    yield head;
    if (file === undefined) return;
    for await (const piece of createReadStream(file, { highWaterMark: chunk }) as AsyncIterable<Buffer>) {
      await pace(piece.length);
      // With a stream that stays open, `pipeline` reports a cancelling but goes on.
      signal?.throwIfAborted();
      yield piece;
    }
  };
  await pipeline(pieces, input, { end: false, ...(signal === undefined ? {} : { signal }) });
};
