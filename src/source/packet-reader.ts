import type { Readable } from 'node:stream';
import { NotGit, packetDecoder, type Packet } from './pkt-line.ts';

/** Packets of one stream, one after another, across the sections of a conversation. */
export interface PacketReader {
  /** The next packet; undefined at the end. Throws NotGit when the stream ends inside one. */
  next(): Promise<Packet | undefined>;
}

/** Reads packets from a stream. Unlike `for await`, stopping halfway leaves the stream open. */
export const packetReader = (output: Readable): PacketReader => {
  const chunks = output[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  const decoder = packetDecoder();
  const ready: Packet[] = [];
  return {
    async next() {
      while (ready.length === 0) {
        const chunk = await chunks.next();
        if (chunk.done === true) {
          if (decoder.pending > 0) throw new NotGit('The answer of git ended in the middle.');
          return undefined;
        }
        ready.push(...decoder.push(chunk.value));
      }
      return ready.shift();
    },
  };
};
