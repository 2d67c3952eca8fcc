/**
 * The public test kit: run one operation without a host, see which commands it gives, answer what it
 * asks. An operation that asks something the test did not answer fails the test with the exact command.
 */
import { ByHost } from './model/by-host.ts';
import { sh, type Command, type ShellValue } from './model/command.ts';
import { CommandFailed } from './model/failure.ts';
import type { Host } from './model/host.ts';
import type { Json } from './model/json.ts';
import { layoutAt } from './model/layout.ts';
import type { Needs, Operation, OperationContext, OperationResult } from './model/operation.ts';
import type { Params, ParamValues } from './model/param.ts';
import { noProcesses } from './model/processes.ts';
import type { ReleaseId } from './model/release.ts';
import type { RemoteProcess, Session, Verb } from './model/session.ts';

/** A command's answer: its output, or its status when that is not 0. */
export type RehearsedAnswer = string | number;

export interface RehearseOptions<P extends Params, S extends Params> {
  /** By the exact command: text is its output, a number its status. `run` needs none. */
  readonly answers?: Readonly<Record<string, RehearsedAnswer>>;
  readonly params?: Partial<ParamValues<P>>;
  readonly settings?: Partial<ParamValues<S>>;
  /** Results of the operations it `needs`: the value itself for those that run once. */
  readonly needs?: Readonly<Record<string, unknown>>;
  readonly host?: Partial<Host>;
  readonly commit?: string;
  /** The release that is live; none by default. */
  readonly live?: string;
}

export interface Rehearsal<Result> {
  readonly result: Result;
  /** What it ran and asked, in order: `in /dir: …`, `as root: …` where it said so. */
  readonly commands: readonly string[];
  /** What it said to the person at the terminal. */
  readonly said: readonly string[];
  /** What it put down before it stopped it, with `willStop`. */
  readonly stopping: readonly Json[];
  /** Files it put, by path. */
  readonly files: Readonly<Record<string, string>>;
}

/** The release, root and moment of every rehearsal. */
export const rehearsed = {
  release: '2026-01-02_03.04.05' as ReleaseId,
  root: '/srv/app',
  startedAt: new Date('2026-01-02T03:04:05Z'),
};

/**
 * Runs an operation against a host that does not exist.
 * @throws Error naming the command that has no answer; whatever the operation itself throws.
 */
export const rehearse = async <
  Result extends OperationResult,
  Once extends boolean,
  P extends Params,
  S extends Params,
  N extends Needs,
>(
  operation: Operation<Result, Once, P, S, N>,
  options: RehearseOptions<P, S> = {},
): Promise<Rehearsal<Result>> => {
  const stage: Stage = { commands: [], files: {}, answers: options.answers ?? {} };
  const said: string[] = [];
  const stopping: Json[] = [];
  const layout = layoutAt(rehearsed.root);
  const host = sessionOf(stage, { ...anyHost, ...options.host }, []);
  const release = {
    id: rehearsed.release,
    path: layout.release(rehearsed.release),
    commit: options.commit,
    ref: undefined,
  };
  const context = {
    host,
    others: () => [host],
    release,
    live:
      options.live === undefined
        ? undefined
        : { ...release, id: options.live as ReleaseId, path: layout.release(options.live) },
    layout,
    run: {
      id: rehearsed.release,
      task: 'rehearsal',
      environment: 'rehearsal',
      user: 'ops',
      machine: 'control',
      startedAt: rehearsed.startedAt,
      directory: undefined,
      inventory: { hosts: [], groups: {} },
      processes: noProcesses,
      atEnd: () => undefined,
    },
    params: withDefaults(operation.params, options.params),
    settings: withDefaults(operation.settings, options.settings),
    needs: options.needs ?? {},
    signal: new AbortController().signal,
    say: (sentence: string) => void said.push(sentence),
    willStop: (stopped: OperationResult) => {
      stopping.push(stopped ?? null);
      return Promise.resolve();
    },
  } as unknown as OperationContext<P, S, N>;
  const result = await operation.run(context);
  return { result, commands: stage.commands, said, stopping, files: stage.files };
};

interface Stage {
  readonly commands: string[];
  readonly files: Record<string, string>;
  readonly answers: Readonly<Record<string, RehearsedAnswer>>;
}

const anyHost: Host = { name: 'web1', address: 'web1.example.org', connection: 'ssh', groups: ['web'], vars: {} };

const withDefaults = (declared: Params, given: object = {}): Record<string, unknown> => ({
  ...Object.fromEntries(Object.entries(declared).map(([name, param]) => [name, param.default])),
  ...given,
});

const sessionOf = (stage: Stage, host: Host, where: readonly string[]): Session => {
  const further = (prefix: string): Session => sessionOf(stage, host, [...where, prefix]);
  const tell = ({ text }: Command): string => {
    const command = [...where, text].join(': ');
    stage.commands.push(command);
    return command;
  };
  const answer = (command: Command): RehearsedAnswer => {
    const told = tell(command);
    const found = stage.answers[told] ?? stage.answers[command.text];
    if (found === undefined) throw new Error(`The rehearsal has no answer for: ${told}`);
    return found;
  };
  return {
    ...host,
    run: verb((command) => {
      const told = tell(command);
      const status = stage.answers[told] ?? stage.answers[command.text] ?? 0;
      if (typeof status === 'number' && status !== 0) throw failed(command.text, status);
    }),
    read: verb((command) => {
      const found = answer(command);
      if (typeof found === 'number') throw failed(command.text, found);
      return found;
    }),
    test: verb((command) => {
      const found = answer(command);
      if (found !== 0 && found !== 1) throw failed(command.text, Number(found));
      return found === 0;
    }),
    open: verb((command): RemoteProcess => {
      throw new Error(`A rehearsal cannot talk to: ${tell(command)}`);
    }),
    in: (directory) => further(`in ${directory}`),
    as: (user) => further(`as ${user}`),
    env: () => sessionOf(stage, host, where),
    within: () => sessionOf(stage, host, where),
    put: (content, path) => {
      stage.commands.push(`put ${path}`);
      stage.files[path] = typeof content === 'string' ? content : '«bytes»';
      return Promise.resolve();
    },
  };
};

const verb =
  <Answer>(act: (command: Command) => Answer): Verb<Answer> =>
  (first: TemplateStringsArray | Command, ...values: readonly ShellValue[]) =>
    new Promise<Answer>((resolve) => {
      resolve(act('kind' in first ? first : sh(first, ...values)));
    });

const failed = (command: string, status: number): CommandFailed =>
  new CommandFailed({ reason: 'command', command, status, output: '' }, `«${command}» ended with ${status}`);

export { ByHost };
