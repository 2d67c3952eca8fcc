/** One unit of git's wire protocol: bytes, or the flush that ends a section. */
export type Packet = { readonly kind: 'data'; readonly data: Buffer } | { readonly kind: 'flush' };

const longest = 65_516;

/**
 * Bytes or text as one pkt-line.
 * @throws RangeError when it is longer than the protocol carries
 */
export const encodePacket = (payload: string | Uint8Array): Buffer => {
  const data = Buffer.from(payload as Uint8Array);
  if (data.length > longest) throw new RangeError(`A packet holds at most ${longest} bytes, not ${data.length}.`);
  return Buffer.concat([Buffer.from((data.length + 4).toString(16).padStart(4, '0')), data]);
};

export const flushPacket: Buffer = Buffer.from('0000');

/** Thrown when what comes is not git's protocol, such as a login shell's greeting. */
export class NotGit extends Error {
  override readonly name = 'NotGit';
}

export interface PacketDecoder {
  /** The packets that this chunk completes. Throws NotGit on anything else. */
  push(chunk: Uint8Array): readonly Packet[];
  /** Bytes of a packet that has begun. */
  readonly pending: number;
}

/** Cuts bytes into packets, however they were chunked on the way. */
export const packetDecoder = (): PacketDecoder => {
  let waiting: Buffer[] = [];
  let length = 0;
  let needed = 4;
  return {
    get pending() {
      return length;
    },
    push(chunk) {
      waiting.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      length += chunk.byteLength;
      const packets: Packet[] = [];
      if (length < needed) return packets;
      // Joined only when a packet is complete: bytes that trickle in are not copied again and again.
      let bytes = Buffer.concat(waiting);
      while (bytes.length >= needed) {
        const header = bytes.toString('latin1', 0, 4);
        const size = /^[0-9a-fA-F]{4}$/.test(header) ? Number.parseInt(header, 16) : -1;
        if (size !== 0 && size < 4)
          throw new NotGit(`Expected git's protocol and got «${bytes.toString('utf8', 0, 80).trim()}».`);
        needed = Math.max(size, 4);
        if (bytes.length < needed) break;
        packets.push(size === 0 ? { kind: 'flush' } : { kind: 'data', data: bytes.subarray(4, size) });
        bytes = bytes.subarray(needed);
        needed = 4;
      }
      waiting = bytes.length === 0 ? [] : [bytes];
      length = bytes.length;
      return packets;
    },
  };
};
