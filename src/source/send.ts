import { createReadStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const chunk = 65_536;

/**
 * Writes bytes, then a file, into a stream that stays open. The only way anything is pushed: back-pressure is
 * here; what holds it back besides is the stream's own business (session/pace.ts).
 */
export const send = async (
  input: Writable,
  head: Uint8Array,
  { file, signal }: { file?: string | undefined; signal?: AbortSignal | undefined },
): Promise<void> => {
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    yield head;
    if (file === undefined) return;
    for await (const piece of createReadStream(file, { highWaterMark: chunk }) as AsyncIterable<Buffer>) {
      // With a stream that stays open, `pipeline` reports a cancelling but goes on.
      signal?.throwIfAborted();
      yield piece;
    }
  };
  await pipeline(pieces, input, { end: false, ...(signal === undefined ? {} : { signal }) });
};
