import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { packetReader } from '../../src/source/packet-reader.ts';
import { encodePacket, flushPacket, NotGit, packetDecoder, type Packet } from '../../src/source/pkt-line.ts';

const plain = (packets: readonly Packet[]): readonly (string | null)[] =>
  packets.map((packet) => (packet.kind === 'flush' ? null : packet.data.toString('latin1')));

describe('pkt-line', () => {
  test('writes the length in front, itself included', () => {
    expect(encodePacket('hello\n').toString()).toBe('000ahello\n');
    expect(encodePacket('').toString()).toBe('0004');
    expect(encodePacket('é').toString('latin1')).toBe('0006\xc3\xa9');
    expect(() => encodePacket('a'.repeat(65_517))).toThrow(RangeError);
  });

  test('reads back what was written, however it is cut', () => {
    const packets = fc.array(fc.option(fc.uint8Array({ maxLength: 300 }), { nil: null }), { maxLength: 20 });
    fc.assert(
      fc.property(packets, fc.infiniteStream(fc.integer({ min: 1, max: 40 })), (wanted, sizes) => {
        const bytes = Buffer.concat(wanted.map((each) => (each === null ? flushPacket : encodePacket(each))));
        const decoder = packetDecoder();
        const read: Packet[] = [];
        for (let at = 0; at < bytes.length;) {
          const { value: size } = sizes.next() as IteratorYieldResult<number>;
          read.push(...decoder.push(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(plain(read)).toEqual(
          wanted.map((each) => (each === null ? null : Buffer.from(each).toString('latin1'))),
        );
        expect(decoder.pending).toBe(0);
      }),
    );
  });

  test("a shell's greeting is no packet", () => {
    expect(() => packetDecoder().push(Buffer.from('Welcome to web1\n'))).toThrow(
      "Expected git's protocol and got «Welcome to web1».",
    );
    expect(() => packetDecoder().push(Buffer.from('0003'))).toThrow(NotGit);
  });

  test('the end inside a packet is not the end', async () => {
    const reader = packetReader(Readable.from([Buffer.from('0009hel')]));
    await expect(reader.next()).rejects.toThrow('ended in the middle');
    await expect(packetReader(Readable.from([Buffer.from('0000')])).next()).resolves.toEqual({ kind: 'flush' });
  });
});
