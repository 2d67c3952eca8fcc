import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { ServerChannel } from 'ssh2';
import { sendOutputs } from './outputs.ts';
import { makePipes, type Pipes } from '../transport/pipes.ts';

/** What a command on a host starts with. */
export interface Surroundings {
  readonly home: string;
  readonly environment: Readonly<Record<string, string>>;
  /** How long the status waits for outputs that have not ended, in milliseconds: what a daemon holds open never does. */
  readonly outputPatience?: number;
}

/** A command that runs for a channel. */
export interface RunningCommand {
  /** Signals its process group. */
  signal(name: NodeJS.Signals): void;
  /** Closes its input and outputs, as sshd does when the channel or the connection is gone. */
  hangUp(): void;
}

const ignore = (): void => undefined;

/** Status for a command that could not be started at all. */
const cannotStart = 127;

/**
 * Runs `/bin/sh` with these words for a channel, in a process group of its own: input, outputs,
 * status and signal as sshd passes them on. The status is sent soon after the exit, the channel is closed
 * when both outputs have ended, which a daemon that holds them may delay.
 */
export const runForChannel = (
  channel: ServerChannel,
  words: readonly string[],
  { home, environment, outputPatience = 100 }: Surroundings,
): RunningCommand => {
  let child: ChildProcess | undefined;
  let pipes: Pipes | undefined;
  let over = false;

  const hangUp = (): void => {
    over = true;
    if (pipes === undefined) return;
    channel.unpipe(pipes.input);
    // Nothing may stay unread in the channel, or it never closes.
    channel.resume();
    pipes.input.destroy();
    pipes.output.destroy();
    pipes.errors.destroy();
  };
  channel.on('error', ignore);
  channel.stderr.on('error', ignore);
  channel.on('close', hangUp);

  const run = async (): Promise<void> => {
    pipes = await makePipes();
    const { input, output, errors, theirs } = pipes;
    for (const stream of [input, output, errors]) stream.on('error', ignore);
    try {
      child = spawn('/bin/sh', words, { cwd: home, env: environment, stdio: [...theirs], detached: true });
    } finally {
      pipes.handOver();
    }
    const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    input.on('close', () => {
      channel.unpipe(input);
      channel.resume();
    });
    channel.pipe(input);
    const sent = sendOutputs(channel, output, errors);
    if (over) hangUp();
    const ending = await exited;
    await Promise.race([sent, pause(outputPatience, undefined, { ref: false })]);
    report(channel, ending);
    await sent;
  };

  run()
    .catch((error: unknown) => {
      channel.stderr.write(`The demo fleet cannot start a command: ${String(error)}\n`);
      channel.exit(cannotStart);
    })
    .finally(() => {
      channel.end();
      hangUp();
    });

  return {
    hangUp,
    signal: (name) => {
      // A group without processes is no reason for complaint: the command has just ended.
      try {
        if (child?.pid !== undefined) process.kill(-child.pid, name);
      } catch {
        return;
      }
    },
  };
};

const report = (channel: ServerChannel, [status, signal]: [number | null, NodeJS.Signals | null]): void => {
  if (status !== null) channel.exit(status);
  else if (signal !== null) exitBySignal(channel, signal);
};

const exitBySignal = (channel: ServerChannel, signal: NodeJS.Signals): void => {
  try {
    channel.exit(signal, false, '');
  } catch {
    // RFC 4254 has names for 13 signals only. Like an sshd that cannot name one, say nothing of it:
    // the client then knows that there was no status.
  }
};
