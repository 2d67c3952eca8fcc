import { Writable } from 'node:stream';

/** Awaited before so many bytes go out: the place to hold back a bulk transfer. */
export type Pace = (bytes: number) => Promise<void>;

/** Larger pieces are cut, or one of them could hold everything else back. */
const piece = 65_536;

/**
 * The same stream, with every piece held back until `pace` lets it go, and none buffered here: what
 * `pace` asks the host must travel behind what it has let go, not overtake it. Fails where `pace` does.
 */
export const paced = (input: Writable, pace: Pace): Writable => {
  const handOver = (part: Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      input.write(part, (error) => (error === null || error === undefined ? resolve() : reject(error)));
    });
  const gate = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const letGo = async (): Promise<void> => {
        for (let at = 0; at < chunk.length; at += piece) {
          const part = chunk.subarray(at, at + piece);
          await pace(part.length);
          await handOver(part);
        }
      };
      letGo().then(() => done(), done);
    },
    final(done) {
      input.end(() => done());
    },
  });
  input.on('error', (error) => gate.destroy(error));
  // Who writes need not listen: how the command ended is told elsewhere.
  gate.on('error', () => undefined);
  return gate;
};
