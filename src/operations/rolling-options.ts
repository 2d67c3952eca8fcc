import { count, text, type Param, type Role } from '../api.ts';
import { nginxSettings, type NginxSettings } from './nginx.ts';
import { nameSettings, type NameSettings } from './program-names.ts';
import type { BatchSize } from './rolling-batches.ts';
import type { Queue } from './rotation.ts';
import { supervisorSettings, type SupervisorSettings } from './supervisorctl.ts';

export interface RollingOptions {
  readonly web: Role;
  /** Hosts with an nginx that knows the web workers. */
  readonly proxies: Role;
  /** Every host with programs of supervisord. */
  readonly all: readonly Role[];
  /** How many web workers at a time where nothing else is said; default 25%. */
  readonly batch?: BatchSize;
}

/** What one run has done so far, for all its hosts. */
export interface Progress {
  readonly queue: Queue;
  readonly restarted: Set<string>;
  /** Workers that did not come back in time. */
  readonly gaveUp: Set<string>;
}

/** Settings of all operations that restart web workers. */
export const rollingSettings = {
  ...supervisorSettings,
  ...nameSettings,
  ...nginxSettings,
  health_url: text({ description: 'asked on each web worker; it is well when the answer is 200' }),
};

export type RollingGiven = SupervisorSettings &
  NameSettings &
  NginxSettings & { readonly health_url: string | undefined };

/** `--batch`, and the setting of the same name. */
export const batchParam = (fallback: BatchSize): Param<BatchSize> => ({
  kind: 'text',
  description: 'how many web workers of a group restart at a time',
  default: fallback,
  setting: 'batch',
  placeholder: 'N|P%',
  read: (value) => {
    const [, digits = '', percent = ''] = /^(\d{1,6})(%?)$/.exec(String(value)) ?? [];
    const size = Number(digits);
    if (size < 1 || (percent !== '' && size > 100))
      return { ok: false, failure: 'must be a number of hosts from 1, or a percentage such as 25%' };
    return { ok: true, value: percent === '' ? size : `${size}%` };
  },
});

/** `--health-timeout`, and the setting of the same name. */
export const healthTimeout = count({
  description: 'seconds that a web worker gets to be well after its restart',
  placeholder: 'SECONDS',
  default: 60,
  setting: 'health_timeout',
});

/** `--soak`, and the setting of the same name. */
export const soakParam = count({
  description: 'seconds that all web workers are watched after the restart',
  placeholder: 'SECONDS',
  default: 0,
  min: 0,
  setting: 'soak',
});
