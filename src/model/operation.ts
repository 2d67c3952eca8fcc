import type { ByHost } from './by-host.ts';
import type { Command } from './command.ts';
import type { Health } from './health.ts';
import type { Inventory } from './inventory.ts';
import type { Json } from './json.ts';
import type { Layout } from './layout.ts';
import type { Params, ParamValues } from './param.ts';
import type { Processes } from './processes.ts';
import type { ReleaseId } from './release.ts';
import type { Role } from './role.ts';
import type { Session } from './session.ts';

/** What an operation may hand to later steps and what a journal can keep. */
export type OperationResult = Json | void;

/** The release that a run is about, as it lies on one host. */
export interface TargetRelease {
  readonly id: ReleaseId;
  /** Absolute, on this host. */
  readonly path: string;
  /** The commit, where the release holds code of ours. */
  readonly commit: string | undefined;
  /** The branch or tag that the commit was chosen by. */
  readonly ref: string | undefined;
}

/** How a run is over; `failed` also when it never came to an end of its own. */
export type RunEnding = 'done' | 'failed' | 'split' | 'not-yet' | 'interrupted' | 'locked';

/** One carrying out of a plan: the same object on every host of the run. */
export interface RunInfo {
  readonly id: string;
  readonly task: string;
  readonly environment: string;
  readonly user: string;
  readonly machine: string;
  readonly startedAt: Date;
  /** The folder of the environment on the controller; undefined when made in code. */
  readonly directory: string | undefined;
  readonly inventory: Inventory;
  /** What `app-processes.yml` says; without that file, nothing runs anywhere. */
  readonly processes: Processes;
  /** Does this when the run is over, however it ended: for what an operation opened for all its hosts. */
  readonly atEnd: (act: (ending: RunEnding) => Promise<void>) => void;
}

export interface OperationContext<P extends Params, S extends Params, N extends Needs> {
  readonly host: Session;
  /** Sessions on the hosts of a role that the operation `uses`. */
  readonly others: (role: Role) => readonly Session[];
  readonly release: TargetRelease;
  /** The release that `current` showed when the run began, if any. */
  readonly live: TargetRelease | undefined;
  readonly layout: Layout;
  readonly run: RunInfo;
  readonly params: ParamValues<P>;
  readonly settings: ParamValues<S>;
  readonly needs: NeedValues<N>;
  readonly signal: AbortSignal;
  /** A line for the person at the terminal, after the host's name. */
  readonly say: (sentence: string) => void;
}

export type Needs = Readonly<Record<string, AnyOperation>>;
/** The value itself when the operation runs once, else one per host. */
export type NeedValue<O> =
  O extends Operation<infer Result, infer Once> ? (Once extends true ? Result : ByHost<Result>) : never;
export type NeedValues<N extends Needs> = { readonly [Name in keyof N]: NeedValue<N[Name]> };

/** One named thing done to every host of some roles. A value: nothing is registered anywhere. */
export interface Operation<
  Result extends OperationResult = OperationResult,
  Once extends boolean = boolean,
  P extends Params = Params,
  S extends Params = Params,
  N extends Needs = Needs,
> {
  readonly kind: 'operation';
  /** `area.verb`: the step's name in plans, reports and journals. */
  readonly name: string;
  readonly roles: readonly Role[];
  /** Further roles whose hosts `others` reaches. */
  readonly uses: readonly Role[];
  /** On the first of its hosts only. */
  readonly once: Once;
  /** How many hosts at a time; default all. */
  readonly batch: number | `${number}%` | undefined;
  readonly durable: boolean;
  /** Also done by a run that resumes one which had done it. */
  readonly everyRun: boolean;
  readonly params: P;
  readonly settings: S;
  readonly needs: N;
  run(context: OperationContext<P, S, N>): Promise<Result>;
}

/** Any operation, as steps and `needs` hold them. */
export type AnyOperation = Operation;

interface Definition<Once extends boolean, P extends Params, S extends Params, N extends Needs> {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly uses?: readonly Role[];
  readonly once?: Once;
  readonly batch?: number | `${number}%`;
  /** Done by a resume, too, though its journal has it: a check, a word to others. Default false. */
  readonly everyRun?: boolean;
  /** Values a person may pass; they become flags of every task that has this step. */
  readonly params?: P;
  /** Keys of fab-settings.yml that this operation reads. */
  readonly settings?: S;
  /** Earlier operations whose results this one reads. */
  readonly needs?: N;
}

/** Declares an operation. What `run` returns is journalled and reaches later steps by `needs`. */
export const operation = <
  Result extends OperationResult,
  const Once extends boolean = false,
  P extends Params = Record<never, never>,
  S extends Params = Record<never, never>,
  N extends Needs = Record<never, never>,
>(
  definition: Definition<Once, P, S, N> & { run(context: OperationContext<P, S, N>): Promise<Result> },
): Operation<Result, Once, P, S, N> => ({
  kind: 'operation',
  name: definition.name,
  roles: definition.roles,
  uses: definition.uses ?? [],
  once: definition.once ?? (false as Once),
  batch: definition.batch,
  durable: false,
  everyRun: definition.everyRun ?? false,
  params: definition.params ?? ({} as P),
  settings: definition.settings ?? ({} as S),
  needs: definition.needs ?? ({} as N),
  run: (context) => definition.run(context),
});

/**
 * An operation that is exactly one command, so that it can go on without its controller (a
 * preindex, a migration).
 */
export const durable = <
  const Once extends boolean = false,
  P extends Params = Record<never, never>,
  S extends Params = Record<never, never>,
  N extends Needs = Record<never, never>,
>(
  definition: Definition<Once, P, S, N> & { command(context: OperationContext<P, S, N>): Command },
): Operation<void, Once, P, S, N> => ({
  ...operation<void, Once, P, S, N>({
    ...definition,
    run: (context) => context.host.in(context.release.path).run(definition.command(context)),
  }),
  durable: true,
});

export interface CommandOptions<Once extends boolean> {
  /** Where it runs; default `release`, the release this run is about. */
  readonly in?: 'release' | 'current';
  /** The user it runs as, instead of `sudo_user`. */
  readonly as?: string;
  readonly once?: Once;
  readonly durable?: boolean;
  readonly batch?: number | `${number}%`;
  /** Asked on every host after the command; the step fails when it does not answer in time. */
  readonly healthy?: Health;
}

/** `` command('web.restart', [web], sh`systemctl restart app`, { as: 'root', batch: 2 }) ``. */
export const command = <const Once extends boolean = false>(
  name: string,
  roles: readonly Role[],
  line: Command,
  { in: place = 'release', as, once, durable: outlives = false, batch, healthy }: CommandOptions<Once> = {},
): Operation<void, Once> => ({
  ...operation<void, Once>({
    name,
    roles,
    ...(once === undefined ? {} : { once }),
    ...(batch === undefined ? {} : { batch }),
    run: async ({ host, release, layout }) => {
      const there = host.in(place === 'release' ? release.path : layout.current);
      await (as === undefined ? there : there.as(as)).run(line);
      if (healthy !== undefined) await healthy.check(host);
    },
  }),
  durable: outlives,
});
