import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { quote, sh, type Command, type ShellValue } from '../model/command.ts';
import type { Host } from '../model/host.ts';
import { Secret } from '../model/secret.ts';
import type { RemoteProcess, Session, Verb } from '../model/session.ts';
import type { Connection } from '../transport/transport.ts';
import { commandFailed, execute, start, type Started, type Execution } from './execute.ts';
import { CommandFailed } from '../model/failure.ts';
import { paced, type Pace } from './pace.ts';
import type { Tie } from './tie.ts';
import type { As } from './wrapper.ts';

/** What every command of a session has in common. */
export interface Surroundings {
  readonly connection: Connection;
  readonly user: string | undefined;
  readonly path: readonly string[];
  readonly variables: Readonly<Record<string, string | Secret>>;
  readonly directory?: string;
  readonly limit?: number;
  /** Seconds without output after which a command is given up. */
  readonly silence: number;
  /** Absent where the run holds nothing on the host: then only the end of input ends a command. */
  readonly tie?: Tie;
  /** Holds back what is sent in bulk. */
  readonly pace?: Pace;
  readonly signal: AbortSignal;
  /** As whom a command of the run is sure to follow the last one of this session. */
  readonly next?: As | undefined;
  onCommand?(command: string): void;
  onLine?(stream: 'out' | 'err', line: string): void;
}

/** Half an hour without a word: longer than any build step should be silent. */
export const defaultSilence = 1800;

const revealed = (variables: Surroundings['variables']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, typeof value === 'string' ? value : value.reveal()]),
  );

/** The verbs of one host (model/session.ts) over one connection. */
export const createSession = (host: Host, around: Surroundings): Session => {
  const invocation = (command: string) => ({ ...around, command, variables: revealed(around.variables) });
  const perform = async ({ text }: Command, discard = false): Promise<Execution> => {
    around.onCommand?.(text);
    return explained(around, execute(around.connection, { ...invocation(text), discard }));
  };
  const with_ = (change: Partial<Surroundings>): Session => createSession(host, { ...around, ...change });

  return {
    ...host,
    run: verb(async (command) => {
      accepted(around, command, await perform(command, true), [0]);
    }),
    read: verb(async (command) => accepted(around, command, await perform(command), [0]).stdout.replace(/\n$/, '')),
    test: verb(async (command) => accepted(around, command, await perform(command), [0, 1]).status === 0),
    open: verb(async (command): Promise<RemoteProcess> => {
      around.onCommand?.(command.text);
      const started = await start(around.connection, invocation(command.text));
      return { input: inputOf(started, around), output: started.output, done: started.done };
    }),
    in: (directory) => with_({ directory }),
    as: (user) => with_({ user }),
    env: (variables) => with_({ variables: { ...around.variables, ...variables } }),
    within: (seconds) => with_({ limit: seconds }),
    async put(content, path, { mode = 0o644 } = {}) {
      const seal = randomBytes(16).toString('hex');
      around.onCommand?.(`put ${quote(path)}`);
      const started = await start(around.connection, invocation(receiveFile(path, mode, seal).text));
      started.output.resume();
      const sent = send(content, seal, inputOf(started, around)).catch((thrown: unknown) => {
        started.channel.close(); // Without the seal, nothing comes of what was sent.
        throw thrown;
      });
      await Promise.all([sent, started.done]);
    },
  };
};

const inputOf = ({ channel, heard }: Started, { pace }: Surroundings): Writable =>
  paced(channel.input, async (bytes) => {
    heard();
    await pace?.(bytes);
    heard();
  });

/**
 * Takes a file from standard input. The end of input alone says nothing, a lost connection has one
 * too: only what ends with the seal is whole. The seal is cut off again, and the file renamed. Until then
 * it has a name of its own: two who write the same file at once must not write into one another's.
 */
const receiveFile = (
  path: string,
  mode: number,
  seal: string,
): Command => sh`umask 077; f=${join(dirname(path), `.fab-new-${seal.slice(0, 16)}`)}
trap 'rm -f "$f"' EXIT; trap 'exit 143' HUP INT TERM
cat > "$f" && [ "$(tail -c ${seal.length} "$f")" = ${seal} ] &&
dd if=/dev/null of="$f" bs=1 seek=$(($(wc -c < "$f") - ${seal.length})) 2>/dev/null &&
chmod ${mode.toString(8)} "$f" && mv -f -T "$f" ${path} || exit 1`;

/** @throws what the content's own stream threw. A host that refuses it says why in the command's end. */
const send = async (content: string | Uint8Array | Readable, seal: string, input: Writable): Promise<void> => {
  const source = isStream(content) ? content : Readable.from([Buffer.from(content)]);
  let broken: { readonly by: unknown } | undefined;
  const sealed = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of source) yield Buffer.from(chunk as string | Uint8Array);
    } catch (thrown) {
      broken = { by: thrown };
      throw thrown;
    }
    yield Buffer.from(seal);
  };
  await pipeline(sealed, input).catch(() => undefined);
  if (broken !== undefined) throw broken.by;
};

/** Told by its shape: a stream may come from another realm. */
const isStream = (content: string | Uint8Array | Readable): content is Readable =>
  typeof content === 'object' && 'pipe' in content;

const verb =
  <Answer>(act: (command: Command) => Promise<Answer>): Verb<Answer> =>
  (first: TemplateStringsArray | Command, ...values: readonly ShellValue[]) => {
    // A fabfile in plain JavaScript could pass text; unquoted text is what `shell()` is for.
    if (typeof first === 'string')
      throw new TypeError('Use host.run`…`, or host.run(shell(line)) for a line as it is.');
    return act('kind' in first ? first : sh(first, ...values));
  };

const accepted = (
  around: Surroundings,
  { text }: Command,
  execution: Execution,
  statuses: readonly number[],
): Execution => {
  if (statuses.includes(execution.status)) return execution;
  const error = commandFailed(text, execution.status, execution.tail);
  if (execution.status === 127 && error.failure.reason === 'command')
    throw new CommandFailed({ ...error.failure, path: [...around.path, '$PATH'].join(':') }, error.message);
  throw error;
};

/** A sudo that wants a password is the most common first failure: say what is missing. */
const explained = async (around: Surroundings, execution: Promise<Execution>): Promise<Execution> => {
  try {
    return await execution;
  } catch (thrown) {
    const failure = (thrown as Partial<CommandFailed>).failure;
    if (around.user !== undefined && failure?.reason === 'command' && /^sudo: /m.test(failure.output))
      throw new CommandFailed(
        { ...failure, output: `${failure.output}\n${sudoersHint(around)}` },
        (thrown as Error).message,
      );
    throw thrown;
  }
};

const sudoersHint = ({ connection, user }: Surroundings): string =>
  `A line like this in sudoers allows it: ${connection.host.user ?? '<login>'} ALL=(${user ?? ''}) NOPASSWD: ALL`;
