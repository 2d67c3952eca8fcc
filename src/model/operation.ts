import type { Console } from './console.ts';
import type { ByHost } from './by-host.ts';
import type { Command } from './command.ts';
import type { Health } from './health.ts';
import type { Inventory } from './inventory.ts';
import type { Json } from './json.ts';
import type { Layout } from './layout.ts';
import { flag, type Params, type ParamValues } from './param.ts';
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

/** How a run ended, for those who tell others. */
export interface RunEnd {
  readonly ending: RunEnding;
  /** Whether `--resume` would go on from here. */
  readonly resumable: boolean;
  /** The run's last words as a person sees them: what failed, where the hosts stand, what to type. Secrets hidden. */
  readonly summary: string;
}

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
  /** The terminal of whoever typed the command; undefined where there is none. */
  readonly console?: Console;
  /** Does this when the run is over, however it ended: for what an operation opened for all its hosts. */
  readonly atEnd: (act: (end: RunEnd) => Promise<void>) => void;
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
  /**
   * For the `stop` of a `during` that takes its time: puts down what it is about to stop, on the host's disk,
   * before it stops anything. Should the run be killed then, the next one starts that; should the stop
   * fail, this one does. It returns the same in the end.
   * @throws Error in any other operation, and where the journal cannot be written.
   */
  readonly willStop: (stopped: OperationResult) => Promise<void>;
}

export type Needs = Readonly<Record<string, AnyOperation>>;
/** The value itself when the operation runs once, else one per host. */
export type NeedValue<O> =
  O extends Operation<infer Result, infer Once> ? (Once extends true ? Result : ByHost<Result>) : never;
export type NeedValues<N extends Needs> = { readonly [Name in keyof N]: NeedValue<N[Name]> };

/** How the engine carries out a durable operation: its command runs detached from the controller. */
export interface Detached<P extends Params = Params, S extends Params = Params, N extends Needs = Needs> {
  /** Nothing when there is nothing to do on this host. */
  command(context: OperationContext<P, S, N>): Command | undefined;
  readonly in: 'release' | 'current';
  /** No plan with such a step is made: who runs it is who keeps its status. */
  readonly as: string | undefined;
  /** Whether the step lasts until the command has ended; if not, a later one asks with `stepEnded`. */
  readonly wait: boolean;
  /** After the command has ended well, in the controller. */
  readonly healthy: Health | undefined;
}

/** What batches may be made from. */
export interface BatchView<P extends Params, S extends Params, N extends Needs> {
  /** The hosts that still have to do it. */
  readonly hosts: readonly string[];
  readonly run: RunInfo;
  readonly params: ParamValues<P>;
  readonly settings: ParamValues<S>;
  readonly needs: NeedValues<N>;
}

/** Batches made when the step begins, from what is known then. */
export interface Batches<P extends Params = Params, S extends Params = Params, N extends Needs = Needs> {
  /** For the plan, which cannot know them: what decides. */
  readonly words: string;
  /** Hosts in the order in which they go; who throws has restarted nothing. */
  make(view: BatchView<P, S, N>): readonly (readonly string[])[];
}

/** How many hosts do it at a time: a number, a part of all its hosts, or batches of its own making. */
export type Batching<P extends Params = Params, S extends Params = Params, N extends Needs = Needs> =
  number | `${number}%` | Batches<P, S, N>;

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
  readonly batch: Batching<P, S, N> | undefined;
  readonly durable: boolean;
  /** It changes data in a way that older code may not understand: no run goes back over it by itself. */
  readonly migrates: boolean;
  /** It brings what runs to what `current` shows; done again on the same hosts when a failed run goes back. */
  readonly restarts: boolean;
  /** Its time is that of data on its way to the host. */
  readonly transfers: boolean;
  /** What is run detached when it is durable; `run` does the same attached, for those who rehearse it. */
  readonly detached: Detached<P, S, N> | undefined;
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
  readonly batch?: Batching<P, S, N>;
  /** Done by a resume, too, though its journal has it: a check, a word to others. Default false. */
  readonly everyRun?: boolean;
  /** It changes data in a way that older code may not understand. Default false. */
  readonly migrates?: boolean;
  /** It brings what runs to what `current` shows. Default false. */
  readonly restarts?: boolean;
  /** Its time is that of data on its way to the host: the summary tells it apart from building. Default false. */
  readonly transfers?: boolean;
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
  migrates: definition.migrates ?? false,
  restarts: definition.restarts ?? false,
  transfers: definition.transfers ?? false,
  detached: undefined,
  everyRun: definition.everyRun ?? false,
  params: definition.params ?? ({} as P),
  settings: definition.settings ?? ({} as S),
  needs: definition.needs ?? ({} as N),
  run: (context) => definition.run(context),
});

/** Comes with durable steps, and becomes a flag of the tasks that have one. */
const durableParams: Params = {
  run_lost_again: flag({ description: 'run a durable step again whose end nobody knows' }),
};

/**
 * An operation that is exactly one command, so that it can go on without its controller (a
 * preindex, a migration). The command may be none: then there is nothing to do on that host.
 */
export const durable = <
  const Once extends boolean = false,
  P extends Params = Record<never, never>,
  S extends Params = Record<never, never>,
  N extends Needs = Record<never, never>,
>(
  definition: Definition<Once, P, S, N> & {
    /** False: the step ends when the command has begun; a later one waits for it with `stepEnded`. Default true. */
    readonly wait?: boolean;
    command(context: OperationContext<P, S, N>): Command | undefined;
  },
): Operation<void, Once, P, S, N> => {
  const attached = operation<void, Once, P, S, N>({
    ...definition,
    run: async (context) => {
      const line = definition.command(context);
      if (line !== undefined) await context.host.in(context.release.path).run(line);
    },
  });
  return {
    ...attached,
    params: { ...durableParams, ...attached.params },
    durable: true,
    detached: {
      command: (context) => definition.command(context),
      in: 'release',
      as: undefined,
      wait: definition.wait ?? true,
      healthy: undefined,
    },
  };
};

export interface CommandOptions<Once extends boolean> {
  /** Where it runs; default `release`, the release this run is about. */
  readonly in?: 'release' | 'current';
  /** The user it runs as, instead of `sudo_user`. */
  readonly as?: string;
  readonly once?: Once;
  readonly durable?: boolean;
  readonly migrates?: boolean;
  readonly restarts?: boolean;
  readonly batch?: number | `${number}%`;
  /** Asked on every host after the command; the step fails when it does not answer in time. */
  readonly healthy?: Health;
}

/** `` command('web.restart', [web], sh`systemctl restart app`, { as: 'root', batch: 2 }) ``. */
export const command = <const Once extends boolean = false>(
  name: string,
  roles: readonly Role[],
  line: Command,
  {
    in: place = 'release',
    as,
    once,
    durable: outlives = false,
    migrates,
    restarts,
    batch,
    healthy,
  }: CommandOptions<Once> = {},
): Operation<void, Once> => {
  const attached = operation<void, Once>({
    name,
    roles,
    ...(once === undefined ? {} : { once }),
    ...(batch === undefined ? {} : { batch }),
    ...(migrates === undefined ? {} : { migrates }),
    ...(restarts === undefined ? {} : { restarts }),
    run: async ({ host, release, layout }) => {
      const there = host.in(place === 'release' ? release.path : layout.current);
      await (as === undefined ? there : there.as(as)).run(line);
      if (healthy !== undefined) await healthy.check(host);
    },
  });
  if (!outlives) return attached;
  return {
    ...attached,
    params: durableParams,
    durable: true,
    detached: { command: () => line, in: place, as, wait: true, healthy },
  };
};
