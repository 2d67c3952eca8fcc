import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { CommandFailed, type Failure } from '../model/failure.ts';
import type { Channel, Connection, Ending } from '../transport/transport.ts';
import { LineSplitter } from './line-splitter.ts';
import { MarkedStream } from './marked-stream.ts';
import { asLine, channelText, talking, wrapped, type As, type Wrapped } from './wrapper.ts';

/** One command for one host, ready to be sent. */
export interface Invocation extends Omit<Wrapped, 'marker'> {
  /** Through `sudo -n -u`; undefined for the login user. */
  readonly user: string | undefined;
  /** Ends the command when it says nothing for longer; seconds. */
  readonly silence: number;
  readonly signal: AbortSignal;
  /** As whom another command is sure to follow on this connection: its channel is opened as soon as this one has ended. */
  readonly next?: As | undefined;
  /** Its standard output is only watched, not kept: a long build says more than memory should hold. */
  readonly discard?: boolean;
  onLine?(stream: 'out' | 'err', line: string): void;
}

export interface Execution {
  readonly status: number;
  readonly stdout: string;
  /** The last lines of both outputs as they came. */
  readonly tail: readonly string[];
}

const tailLength = 20;
const newMarker = (): string => `fab ${randomBytes(8).toString('hex')}`;

/**
 * Runs a command to its end.
 * @throws CommandFailed when there is no numeric status (signal, no answer), on a time limit, and
 * when the signal aborts; ConnectionLost when the link goes.
 */
export const execute = async (connection: Connection, invocation: Invocation): Promise<Execution> => {
  const { command, signal } = invocation;
  if (signal.aborted) throw cancelled();
  const marker = newMarker();
  const program = asLine(wrapped({ ...invocation, marker })); // Throws before a channel is open.
  const channel = await openUnlessAborted(connection, invocation);
  const output = new MarkedStream(marker);
  const input = endingInput(channel);
  const watch = watchOver(invocation, input.end);
  const collected = collect(channel, output, invocation.discard !== true, (stream, line) => {
    watch.heard();
    invocation.onLine?.(stream, line);
  });
  channel.input.on('error', () => undefined); // A command may end before it has read its input.
  channel.input.write(program);
  try {
    const ending = await channel.ended;
    await Promise.all([read(channel.output), read(output), read(channel.errors)]);
    collected.finish();
    if (watch.ended !== undefined) throw failed(watch.ended);
    const status = statusOf(ending, output, command, collected.tail);
    openAhead(connection, invocation.next);
    return {
      status,
      stdout: collected.stdout(),
      tail: collected.tail,
    };
  } finally {
    watch.stop();
    input.stop();
    channel.close();
  }
};

/** A command whose streams are open. */
export interface Started {
  readonly channel: Channel;
  readonly output: MarkedStream;
  /** Resolves on status 0 and rejects as `execute` does, with the last lines of its standard error. */
  readonly done: Promise<void>;
  /** To be called when something was sent: what takes its input is not silent. */
  readonly heard: () => void;
}

/** Starts a command whose streams stay open; without `silence` it may be silent for ever. */
export const start = async (connection: Connection, invocation: MaySilent): Promise<Started> => {
  if (invocation.signal.aborted) throw cancelled();
  const marker = newMarker();
  const program = asLine(talking({ ...invocation, marker }));
  const channel = await openUnlessAborted(connection, invocation);
  const output = new MarkedStream(marker);
  const tail: string[] = [];
  const errors = new LineSplitter((line) => {
    remember(tail, line);
    invocation.onLine?.('err', line);
  });
  const watch = watchOver(invocation, () => channel.close());
  channel.errors.on('data', (chunk: Buffer) => {
    watch.heard();
    errors.push(chunk);
  });
  channel.output.on('data', watch.heard);
  channel.output.pipe(output);
  channel.input.on('error', () => undefined);
  channel.input.write(program);
  const done = channel.ended.finally(watch.stop).then(async (ending) => {
    // Of its output only what has come so far: whoever holds it may read it much later.
    await Promise.all([read(channel.errors), new Promise(setImmediate)]);
    errors.end();
    if (watch.ended !== undefined) throw failed(watch.ended);
    const status = statusOf(ending, output, invocation.command, tail);
    if (status !== 0) throw commandFailed(invocation.command, status, tail);
    openAhead(connection, invocation.next);
  });
  done.catch(() => undefined); // The caller may look at it late; it is still told.
  return { channel, output, done, heard: watch.heard };
};

/**
 * When what has come from a stream was heard. A command that ends at once (sudo refused) may have its whole answer
 * in one packet: the ending is known then before anybody has been handed the words that say why.
 */
const read = (stream: Readable): Promise<void> => finished(stream, { writable: false }).catch(() => undefined);

/** A channel may be waited for while others are in use; what was cancelled meanwhile does not begin. */
const openUnlessAborted = async (
  connection: Connection,
  { user, signal }: Pick<Invocation, 'user' | 'signal'>,
): Promise<Channel> => {
  const channel = await connection.open(channelText(user));
  if (!signal.aborted) return channel;
  channel.close();
  throw cancelled();
};

/**
 * Opens the channel of a command that is sure to follow. When the one before has ended, not sooner: what that did to
 * groups and login files holds for it.
 */
export const openAhead = (connection: Connection, next: As | undefined): void => {
  if (next !== undefined) connection.ahead(channelText(next.user));
};

/** A CommandFailed for a status that the caller does not accept. */
export const commandFailed = (
  command: string,
  status: number | string | undefined,
  tail: readonly string[],
): CommandFailed => failed({ reason: 'command', command, status, output: tail.join('\n') });

const failed = (failure: Failure): CommandFailed =>
  new CommandFailed(
    failure,
    failure.reason === 'command' ? `«${failure.command}» ended with ${failure.status ?? 'no status'}` : failure.reason,
  );

const cancelled = (): CommandFailed => failed({ reason: 'cancelled' });

const statusOf = (ending: Ending, output: MarkedStream, command: string, tail: readonly string[]): number => {
  if (ending.kind === 'exit' && output.found) return ending.code;
  if (ending.kind === 'signal') throw commandFailed(command, ending.signal, tail);
  // The wrapper never ran: sudo refused, the login shell is restricted, or the account is closed.
  const said = [...tail, ...output.chatter.split('\n')].filter((line) => line.trim() !== '').slice(-tailLength);
  throw commandFailed(command, ending.kind === 'exit' && ending.code !== 0 ? ending.code : undefined, said);
};

const remember = (tail: string[], line: string): void => {
  tail.push(line);
  if (tail.length > tailLength) tail.shift();
};

const collect = (
  channel: Channel,
  output: MarkedStream,
  keep: boolean,
  heard: (stream: 'out' | 'err', line: string) => void,
) => {
  const chunks: Buffer[] = [];
  const tail: string[] = [];
  const lines = (stream: 'out' | 'err') =>
    new LineSplitter((line) => {
      remember(tail, line);
      heard(stream, line);
    });
  const out = lines('out');
  const err = lines('err');
  channel.output.pipe(output);
  output.on('data', (chunk: Buffer) => {
    if (keep) chunks.push(chunk);
    out.push(chunk);
  });
  channel.errors.on('data', (chunk: Buffer) => err.push(chunk));
  return {
    tail,
    stdout: () => Buffer.concat(chunks).toString('utf8'),
    finish: () => {
      out.end();
      err.end();
    },
  };
};

/** Longer than the wrapper on the host needs for a group that ignores TERM. */
const forcedMilliseconds = 4000;

/** Ends the command by ending its input: the wrapper on the host sees to its process group. */
const endingInput = (channel: Channel) => {
  let forced: NodeJS.Timeout | undefined;
  return {
    end: () => {
      channel.input.end();
      forced ??= setTimeout(() => channel.close(), forcedMilliseconds);
    },
    stop: () => clearTimeout(forced),
  };
};

/** Calls `end` when the signal aborts and when a limit is passed; the first reason stands. */
const watchOver = ({ limit, silence, signal, command }: Watched, end: () => void) => {
  let ended: Failure | undefined;
  let heardAt = Date.now();
  const because = (why: Failure): void => {
    ended ??= why;
    end();
  };
  const onAbort = (): void => because({ reason: 'cancelled' });
  signal.addEventListener('abort', onAbort, { once: true });
  const total =
    limit === undefined
      ? undefined
      : setTimeout(() => because({ reason: 'timeout', command, seconds: limit, silent: false }), limit * 1000);
  const quiet =
    silence === undefined
      ? undefined
      : setInterval(
          () => {
            if (Date.now() - heardAt > silence * 1000)
              because({ reason: 'timeout', command, seconds: silence, silent: true });
          },
          Math.min(silence * 1000, 5000),
        );
  return {
    get ended() {
      return ended;
    },
    heard: () => {
      heardAt = Date.now();
    },
    stop: () => {
      signal.removeEventListener('abort', onAbort);
      clearTimeout(total);
      clearInterval(quiet);
    },
  };
};

type MaySilent = Omit<Invocation, 'silence'> & Partial<Pick<Invocation, 'silence'>>;
type Watched = Pick<MaySilent, 'limit' | 'silence' | 'signal' | 'command'>;
