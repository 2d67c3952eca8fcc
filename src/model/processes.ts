/** The worker processes of one host that serve one set of queues. */
export interface CeleryWorker {
  readonly host: string;
  readonly queues: readonly string[];
  readonly concurrency: number;
  readonly pooling: 'prefork' | 'gevent';
  /** How many such workers run; they are numbered from 0. */
  readonly workers: number;
  /** Every option as it is written: `max_tasks_per_child`, `optimize`, `server_whitelist` … */
  readonly options: Readonly<Record<string, unknown>>;
}

/** The processes of one pillow on one host. */
export interface PillowProcesses {
  readonly host: string;
  readonly pillow: string;
  readonly processes: number;
  /** The number of the first of them: process n here is `start + n` of the pillow. */
  readonly start: number;
  /** How many there are on all hosts together, where the file says. */
  readonly total: number | undefined;
  readonly options: Readonly<Record<string, unknown>>;
}

/** A management command that runs for ever on one host. */
export interface ManagementCommand {
  readonly host: string;
  readonly command: string;
}

/** What `app-processes.yml` says runs where. */
export interface Processes {
  readonly celery: readonly CeleryWorker[];
  readonly pillows: readonly PillowProcesses[];
  readonly commands: readonly ManagementCommand[];
  /** Every other key of the file, as YAML reads it: ports, memory, `service_blacklist` … */
  readonly other: Readonly<Record<string, unknown>>;
}

/** Of an environment without that file. */
export const noProcesses: Processes = { celery: [], pillows: [], commands: [], other: {} };
