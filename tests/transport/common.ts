import { expect, test } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import type { Channel, Connection, Ending } from '../../src/transport/transport.ts';

/** A command's ending and everything it said. */
export interface Said {
  readonly ending: Ending;
  readonly output: string;
  readonly errors: string;
}

export const collect = async (stream: Readable): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** Runs a command to its end with nothing on its input. */
export const say = async (connection: Connection, command: string): Promise<Said> => {
  const channel = await connection.open(command);
  channel.input.end();
  return finish(channel);
};

export const finish = async (channel: Channel): Promise<Said> => {
  const [output, errors, ending] = await Promise.all([collect(channel.output), collect(channel.errors), channel.ended]);
  return { ending, output: output.toString('utf8'), errors: errors.toString('utf8') };
};

/** The error that a promise rejects with; fails when it does not. */
export const failure = async (promise: Promise<unknown>): Promise<Error & { reason?: string; hint?: string }> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error as Error,
  );

/** How long something takes, in milliseconds. */
export const timed = async <Value>(work: () => Promise<Value>): Promise<readonly [number, Value]> => {
  const start = performance.now();
  const value = await work();
  return [performance.now() - start, value];
};

/** What every transport promises, whichever way it reaches the host. */
export const behavesLikeATransport = (name: string, connected: () => Promise<Connection>): void => {
  const check = (what: string, body: (connection: Connection) => Promise<void>): void => {
    test(`${name}: ${what}`, async () => {
      const connection = await connected();
      try {
        await body(connection);
      } finally {
        await connection.close();
      }
    });
  };

  check('output, errors and status 0 arrive apart', async (connection) => {
    expect(await say(connection, 'echo out; echo err >&2')).toEqual({
      ending: { kind: 'exit', code: 0 },
      output: 'out\n',
      errors: 'err\n',
    });
  });

  check('an exit status is told as it is', async (connection) => {
    for (const code of [1, 3, 127, 255])
      expect((await say(connection, `exit ${code}`)).ending).toEqual({ kind: 'exit', code });
  });

  check('a signal is not an exit status', async (connection) => {
    for (const signal of ['TERM', 'KILL'])
      expect((await say(connection, `kill -${signal} $$; sleep 5`)).ending).toEqual({
        kind: 'signal',
        signal: `SIG${signal}`,
      });
  });

  check('commands start in the home directory', async (connection) => {
    expect((await say(connection, 'test "$PWD" = ~ && echo home')).output).toBe('home\n');
  });

  check('input reaches the command', async (connection) => {
    const channel = await connection.open('cat');
    channel.input.end('grüße\n');
    expect((await finish(channel)).output).toBe('grüße\n');
  });

  check('input is a dialogue, not a file', async (connection) => {
    const channel = await connection.open('read a; echo got $a; read b; echo got $b');
    channel.input.write('one\n');
    const words = channel.output[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    expect(String((await words.next()).value)).toBe('got one\n');
    channel.input.write('two\n');
    expect(String((await words.next()).value)).toBe('got two\n');
    expect(await channel.ended).toEqual({ kind: 'exit', code: 0 });
  });

  check('UTF-8 that is split over chunks survives', async (connection) => {
    const { output } = await say(connection, "printf '\\303'; sleep 0.1; printf '\\251'");
    expect(output).toBe('é');
  });

  check('bytes are passed on unchanged', async (connection) => {
    const channel = await connection.open('cat');
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256));
    channel.input.end(bytes);
    const [output] = await Promise.all([collect(channel.output), collect(channel.errors)]);
    expect(output.equals(bytes)).toBe(true);
  });

  check('100 MB that nobody reads stay on the host, and all of them arrive', async (connection) => {
    const channel = await connection.open('head -c 100000000 /dev/zero');
    channel.input.end();
    await pause(500);
    const before = process.memoryUsage().rss;
    await pause(700);
    const grown = process.memoryUsage().rss - before;
    let bytes = 0;
    for await (const chunk of channel.output) bytes += (chunk as Buffer).length;
    expect(bytes).toBe(100_000_000);
    expect(grown).toBeLessThan(20_000_000);
    expect(await channel.ended).toEqual({ kind: 'exit', code: 0 });
  });

  check('a reader that is slow loses nothing after the exit', async (connection) => {
    const channel = await connection.open('head -c 900000 /dev/zero');
    channel.input.end();
    let bytes = 0;
    for await (const chunk of channel.output) {
      bytes += (chunk as Buffer).length;
      await pause(bytes < 200_000 ? 300 : 0);
    }
    expect(bytes).toBe(900_000);
    expect(await channel.ended).toEqual({ kind: 'exit', code: 0 });
  });

  check('15 commands at once all run, no more than four at a time', async (connection) => {
    const times = await Promise.all(
      Array.from({ length: 15 }, async (_, index) => {
        const { ending, output } = await say(connection, `date +%s%N; sleep 0.1; date +%s%N; exit ${index}`);
        expect(ending).toEqual({ kind: 'exit', code: index });
        const [start = 0, end = 0] = output.split('\n').map((text) => Number(text) / 1e6);
        return { start, end };
      }),
    );
    const most = Math.max(
      ...times.map(({ start: at }) => times.filter(({ start, end }) => start <= at && at < end).length),
    );
    expect(most).toBeLessThanOrEqual(4);
    expect(most).toBeGreaterThan(1);
  });

  check('a daemon that holds the output does not hold the answer', async (connection) => {
    const [milliseconds, said] = await timed(() => say(connection, 'sleep 3 & echo started'));
    expect(said).toEqual({ ending: { kind: 'exit', code: 0 }, output: 'started\n', errors: '' });
    expect(milliseconds).toBeLessThan(5_000);
    expect((await say(connection, 'echo next')).output).toBe('next\n');
  });

  check('a command that reads no input does not hang its writer', async (connection) => {
    const channel = await connection.open('exit 3');
    const writing = pipeline(
      Readable.from(Array.from({ length: 400 }, () => Buffer.alloc(50_000))),
      channel.input,
    ).then(
      () => 'written',
      () => 'refused',
    );
    expect(await channel.ended).toEqual({ kind: 'exit', code: 3 });
    expect(await writing).toBe('refused');
  });

  check('an output that its reader gives up does not hold the answer', async (connection) => {
    const channel = await connection.open('head -c 3000000 /dev/zero; exit 4');
    channel.input.end();
    for await (const chunk of channel.output) if ((chunk as Buffer).length > 0) break;
    channel.errors.resume();
    expect(await channel.ended).toEqual({ kind: 'exit', code: 4 });
  });

  check('closing a channel ends the input and gives no status', async (connection) => {
    const channel = await connection.open('cat; sleep 2');
    channel.output.resume();
    channel.errors.resume();
    channel.close();
    expect(await channel.ended).toEqual({ kind: 'none' });
    expect((await say(connection, 'echo next')).output).toBe('next\n');
  });

  check('a command too long for any host is refused with a sentence', async (connection) => {
    const error = await failure(connection.open(`: ${'x'.repeat(140_000)}`));
    expect(error).toMatchObject({ name: 'ConnectionFailed', reason: 'configuration' });
    expect(error.message).toContain('140002 bytes long');
  });

  test(`${name}: closing rejects what runs and what comes, and is no loss`, async () => {
    const connection = await connected();
    const channel = await connection.open('sleep 2');
    const ended = failure(channel.ended);
    await connection.close();
    expect(await ended).toMatchObject({ name: 'ConnectionLost' });
    expect(await failure(connection.open('true'))).toMatchObject({ name: 'ConnectionLost' });
    expect(await connection.lost).toBeUndefined();
  });
};
