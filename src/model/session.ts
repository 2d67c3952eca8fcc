import type { Readable, Writable } from 'node:stream';
import type { Command, ShellValue } from './command.ts';
import type { Host } from './host.ts';
import type { Secret } from './secret.ts';

/** `` host.run`rm ${file}` `` quotes the value; `host.run(command)` takes a Command made elsewhere. */
export interface Verb<Answer> {
  (strings: TemplateStringsArray, ...values: readonly ShellValue[]): Promise<Answer>;
  (command: Command): Promise<Answer>;
}

/** A remote command whose streams are open, for protocols such as git's. */
export interface RemoteProcess {
  readonly input: Writable;
  readonly output: Readable;
  /** Resolves on status 0; rejects with a CommandFailed otherwise. `output` must be read. */
  readonly done: Promise<void>;
}

/**
 * One host, as an operation sees it. `run` changes the host and returns nothing; `read` and `test`
 * look. Every command runs under a wrapper that ends its whole process group when the controller
 * goes away (releases-layout.md, "Commands").
 */
export interface Session extends Host {
  /** Fails the operation with a CommandFailed unless the status is 0. */
  readonly run: Verb<void>;
  /** Standard output without the final newline. Fails like `run`. */
  readonly read: Verb<string>;
  /** 0 is true, 1 is false; any other status fails like `run`. */
  readonly test: Verb<boolean>;
  /** Starts a command that talks: its standard input and output are yours. */
  readonly open: Verb<RemoteProcess>;
  /** The whole command runs in this directory, which must exist. */
  in(directory: string): Session;
  /** The whole command runs as this user, through `sudo -n`; replaces `sudo_user`. */
  as(user: string): Session;
  /** Variables for the commands. They travel on standard input, never in an argument. */
  env(variables: Readonly<Record<string, string | Secret>>): Session;
  /** Ends the command and fails when it takes longer. */
  within(seconds: number): Session;
  /** Writes a file whole or not at all: beside the target first, then renamed. */
  put(content: string | Uint8Array | Readable, path: string, options?: { readonly mode?: number }): Promise<void>;
}
