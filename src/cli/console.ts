import type { ReadStream, WriteStream } from 'node:tty';
import type { Console } from '../model/console.ts';

/** This process's own terminal, when both of its ends are one. */
export const consoleOf = (input: ReadStream, output: WriteStream): Console => ({
  rows: output.rows,
  columns: output.columns,
  kind: process.env['TERM'] ?? 'xterm',
  lend: async (remote, resized) => {
    const tell = () => resized?.({ rows: output.rows, columns: output.columns });
    output.on('resize', tell);
    input.setRawMode(true);
    input.pipe(remote.input, { end: false });
    remote.output.pipe(output, { end: false });
    try {
      await remote.done;
    } finally {
      output.off('resize', tell);
      input.unpipe(remote.input);
      input.setRawMode(false);
      input.pause();
    }
  },
});
