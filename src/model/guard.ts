import type { Shipment } from './shipment.ts';
import type { ReleaseId } from './release.ts';

/** What a guard may look at: all of it known before anything is touched. */
export interface GuardView {
  readonly environment: string;
  readonly task: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly release: ReleaseId | undefined;
  /** The release that is live on every release host; undefined when there is none or they differ. */
  readonly live: { readonly id: ReleaseId; readonly commit: string | undefined } | undefined;
  readonly shipment: Shipment | undefined;
  readonly resumed: boolean;
  readonly now: Date;
}

/** A question asked before anything is touched. `flag` answers it ahead. */
export interface Guard {
  readonly name: string;
  /** Without the dashes: `yes`, `other-branch`. */
  readonly flag: string;
  readonly description: string;
  /** The question, or nothing when there is none to ask. Pure. */
  ask(view: GuardView): string | undefined;
}

/** Asks when the branch is not the environment's default one. */
export const branchGuard: Guard = {
  name: 'branch',
  flag: 'other-branch',
  description: 'deploy a branch that is not the default one',
  ask: ({ shipment, settings, environment, resumed }) =>
    shipment === undefined || resumed || shipment.ref === settings['default_branch']
      ? undefined
      : `${environment} is normally deployed from ${String(settings['default_branch'])}; deploy ${shipment.ref} instead?`,
};

/** Asks when nothing would change. */
export const sameCommitGuard: Guard = {
  name: 'same commit',
  flag: 'same-commit',
  description: 'deploy a commit that is live already',
  ask: ({ shipment, live, resumed }) =>
    shipment === undefined || resumed || live?.commit === undefined || live.commit !== shipment.to
      ? undefined
      : `${shipment.to.slice(0, 10)} is live already in ${live.id}; deploy it again?`,
};

/** Asks outside `acceptable_maintenance_window`; the window may pass midnight. */
export const windowGuard: Guard = {
  name: 'window',
  flag: 'outside-window',
  description: 'go ahead outside the maintenance window',
  ask: ({ settings, now, environment }) => {
    const window = settings['acceptable_maintenance_window'] as MaintenanceWindow | undefined | null;
    if (window === undefined || window === null) return undefined;
    const time = new Intl.DateTimeFormat('en-GB', {
      hour: '2-digit',
      minute: '2-digit',
      timeZone: window.timezone,
      hourCycle: 'h23',
    }).format(now);
    return inWindow(Number(time.slice(0, 2)), window)
      ? undefined
      : `It is ${time} in ${window.timezone}, outside the window of ${environment} (${window.hour_start}:00 to ${window.hour_end}:00); go ahead?`;
  },
};

/** The last question, which shows what would happen; the caller prints the plan above it. */
export const confirmGuard: Guard = {
  name: 'confirmation',
  flag: 'yes',
  description: 'answer the last question ahead',
  ask: ({ task, environment, release, resumed }) =>
    `${resumed ? 'Resume' : 'Go ahead with'} ${task} on ${environment}${release === undefined ? '' : ` (release ${release})`}?`,
};

export interface MaintenanceWindow {
  readonly hour_start: number;
  readonly hour_end: number;
  readonly timezone: string;
}

/** Hours run from `hour_start` up to, not including, `hour_end`; 22 to 4 passes midnight. */
export const inWindow = (hour: number, { hour_start: start, hour_end: end }: MaintenanceWindow): boolean =>
  start <= end ? hour >= start && hour < end : hour >= start || hour < end;
