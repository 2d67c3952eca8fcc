import type { Readable, Writable } from 'node:stream';
import type { ServerChannel } from 'ssh2';

/**
 * Sends what a command writes to its two outputs, as fast as the client takes it. Resolves when
 * both have ended, or the channel is gone.
 */
export const sendOutputs = async (channel: ServerChannel, output: Readable, errors: Readable): Promise<void> => {
  let turn: Promise<void> = Promise.resolve();
  const send = async (from: Readable, to: Writable): Promise<void> => {
    for await (const chunk of from) {
      turn = turn.then(() => write(channel, to, chunk as Buffer));
      await turn;
    }
  };
  // An output that is cut off because the channel is gone is no fault.
  await Promise.allSettled([send(output, channel), send(errors, channel.stderr)]);
};

/**
 * Writes to one of the channel's outputs while nothing else writes to the other. ssh2 1.17 keeps
 * one record of what waits for the client per output, never clears it, and on the next occasion
 * looks at the first output's only: of two outputs one would stall, the other repeat itself.
 */
const write = (channel: ServerChannel, to: Writable, chunk: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    to.write(chunk, (error) => {
      Object.assign(channel, nothingWaits);
      if (error) reject(error);
      else resolve();
    });
  });

const nothingWaits = { _chunk: undefined, _chunkcb: undefined, _chunkErr: undefined, _chunkcbErr: undefined };
