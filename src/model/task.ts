import type { Guard } from './guard.ts';
import type { Json } from './json.ts';
import { flag, type Params, type ParamValues } from './param.ts';
import { newRelease, type ReleaseChoice } from './release-choice.ts';
import { duringsIn, type During, type Step } from './step.ts';
import type { Survey } from './survey.ts';
import type { Shipment } from './shipment.ts';
import type { Role } from './role.ts';

/**
 * `exclusive`: the fleet's lock, one such run at a time; `release`: only the lock of the release
 * that it makes; `none`: the task changes nothing that a deploy depends on.
 */
export type LockKind = 'exclusive' | 'release' | 'none';

/**
 * Params of a task that may run beside a deploy when a person says so: with `--during-deploy` it
 * takes no lock.
 */
export const duringDeploy = {
  during_deploy: flag({ description: 'even while another run holds the lock' }),
} as const;

/** An ordered composition of operations. */
export interface Task {
  readonly kind: 'task';
  readonly name: string;
  readonly description: string;
  /** The heading it stands under in `fab -l`. */
  readonly group: string;
  readonly release: ReleaseChoice;
  readonly guards: readonly Guard[];
  readonly lock: LockKind;
  /** Parameters of the task itself; those of its operations are added. */
  readonly params: Params;
  /** Other names it answers to. */
  readonly aliases: readonly string[];
  readonly steps: readonly Step[];
  /** Runs on these hosts only, unless --limit names others or --all-hosts asks for all. */
  readonly narrowTo: Role | undefined;
  /** `remote`: the exit status is the largest one of the remote commands (`run`, `manage`). */
  readonly exitStatus: 'run' | 'remote';
}

export interface TaskDefinition {
  readonly name: string;
  readonly description: string;
  readonly group?: string;
  readonly release?: ReleaseChoice;
  readonly guards?: readonly Guard[];
  readonly lock?: LockKind;
  readonly params?: Params;
  readonly aliases?: readonly string[];
  readonly exitStatus?: 'run' | 'remote';
  readonly narrowTo?: Role;
  readonly steps: readonly Step[];
}

/** Declares a task. Names are spelled with underscores; hyphens are accepted when typed. */
export const task = ({
  group = 'Other',
  release = newRelease,
  guards = [],
  lock = 'exclusive',
  params = {},
  aliases = [],
  exitStatus = 'run',
  narrowTo,
  ...rest
}: TaskDefinition): Task => ({
  kind: 'task',
  group,
  release,
  guards,
  lock,
  params,
  aliases,
  exitStatus,
  narrowTo,
  ...rest,
});

/** What a view may look at. */
export interface ViewContext<P extends Params> {
  readonly environment: string;
  readonly params: ParamValues<P>;
  readonly settings: Readonly<Record<string, unknown>>;
  /** What would ship; asked for only by views that say so. */
  readonly shipment: Shipment | undefined;
  /** What killed runs left stopped; none while a run holds a lock, since that may just be at it. */
  readonly owed: readonly { readonly release: string; readonly stop: string; readonly hosts: readonly string[] }[];
  readonly now: Date;
}

/** A task that only looks: a pure function over the survey. */
export interface View<P extends Params = Params> {
  readonly kind: 'view';
  readonly name: string;
  readonly description: string;
  readonly group: string;
  readonly params: P;
  readonly aliases: readonly string[];
  /** The hosts it surveys; default all. */
  readonly roles: readonly Role[];
  /** It shows what a deploy would ship, so the branch is resolved for it. */
  readonly ships: boolean;
  /** 0 unless the view itself finds something wrong, e.g. hosts that differ: 4. */
  show(survey: Survey, context: ViewContext<P>): Shown;
}

/** What a view prints, for people and for `--json`, and the exit status that goes with it. */
export interface Shown {
  readonly text: string;
  readonly json: Json;
  readonly status?: 0 | 1 | 2 | 4;
}

export const view = <P extends Params = Record<never, never>>({
  group = 'Look',
  params = {} as P,
  aliases = [],
  roles = [],
  ships = false,
  ...rest
}: Pick<View<P>, 'name' | 'description' | 'show'> &
  Partial<Pick<View<P>, 'group' | 'params' | 'aliases' | 'roles' | 'ships'>>): View<P> => ({
  kind: 'view',
  group,
  params,
  aliases,
  roles,
  ships,
  ...rest,
});

/** What a fabfile exports: its tasks and views, by value. */
export type Runnable = Task | View;

/** Every `during` of any task: what a killed run may have left stopped. */
export const duringsOf = (runnables: readonly Runnable[]): readonly During[] =>
  runnables.flatMap((each) => (each.kind === 'task' ? duringsIn(each.steps) : []));
