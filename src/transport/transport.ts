import type { Readable, Writable } from 'node:stream';
import type { Host } from '../model/host.ts';

/**
 * How a remote command ended. Three different things, never folded into one number:
 * a numeric status, a signal (spelled `SIGTERM`), or nothing at all (the channel ended and nobody
 * said why).
 */
export type Ending =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'none' };

/**
 * One running remote command with its streams open. Both outputs must be read, or a command that
 * writes much waits for ever. `ended` resolves when the command is over and its output has drained
 * (a daemon that keeps the channel open is not waited for), and rejects with a `ConnectionLost`
 * when the connection goes first. Both outputs have been given their end by the time it settles;
 * after a loss they end too, so only `ended` says whether what was read is everything.
 */
export interface Channel {
  /** Fails with `EPIPE` when the command is over before it has read everything. */
  readonly input: Writable;
  readonly output: Readable;
  readonly errors: Readable;
  readonly ended: Promise<Ending>;
  /** Closes the channel from our side. What runs remotely sees the end of its input. */
  close(): void;
}

/** One host, connected. At most four channels are open at a time; further ones wait their turn. */
export interface Connection {
  readonly host: Host;
  /**
   * Starts `command` with the login shell of the host's user, in the home directory. Rejects with
   * a `ConnectionLost` when the connection is gone, with a `ConnectionFailed` when the host starts
   * no command.
   */
  open(command: string): Promise<Channel>;
  /**
   * Says that `open` will soon be asked for this command line: its channel is opened meanwhile, if there is room. One
   * at most waits, and is closed when another command line is opened first. Never throws.
   */
  ahead(command: string): void;
  /** Resolves, never rejects, when the connection is gone; says why when it was not asked for. */
  readonly lost: Promise<Error | undefined>;
  /** Lets go of the host. Commands that still run reject with a `ConnectionLost`. */
  close(): Promise<void>;
}

/** A way to reach hosts. `connect` rejects with one of `errors.ts`. */
export interface Transport {
  connect(host: Host, signal: AbortSignal): Promise<Connection>;
}
