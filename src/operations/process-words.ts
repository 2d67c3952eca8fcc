import type { CeleryWorker, PillowProcesses } from '../api.ts';

// What the options of app-processes.yml become on command lines and in environments, under commcare-cloud's names.

/** Words of celery's worker. */
export const celeryWords = ({ options }: CeleryWorker): string =>
  words([
    word('--max-tasks-per-child', numberOf(options['max_tasks_per_child'])),
    word('--prefetch-multiplier', numberOf(options['prefetch_multiplier'])),
    options['optimize'] === true ? '-Ofair' : undefined,
  ]);

/** Words of `run_ptop` for process `n`. The process that only migrates has no use for more workers. */
export const pillowWords = (options: Options, n: number): string => {
  const alone = options['dedicated_migration_process'] === true;
  const left = options['exclude_ucrs'];
  return words([
    alone ? '--dedicated-migration-process' : undefined,
    word('--processor-chunk-size', numberOf(options['processor_chunk_size'])),
    word('--exclude-ucrs', Array.isArray(left) ? textOf(left.join(',')) : textOf(left)),
    alone && n === 0 ? undefined : word('--gevent-workers', numberOf(options['gevent_workers'])),
  ]);
};

/** What is said of a pillow, with what is said of its process `n` alone. */
export const optionsOfProcess = ({ options }: PillowProcesses, n: number): Options => {
  const { process, ...all } = options;
  return isMap(process) && isMap(process[n]) ? { ...all, ...process[n] } : all;
};

/** `env_vars` of a worker or a pillow; a variable that is null, false or empty is not set. */
export const variablesOf = (options: Options): Readonly<Record<string, string>> => {
  const given = options['env_vars'];
  if (!isMap(given)) return {};
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' || value === true
        ? value === ''
          ? []
          : [[name, String(value)]]
        : [],
    ),
  );
};

/** Of several words with a space before each; nothing of none. */
export const words = (all: readonly (string | undefined)[]): string =>
  all.map((each) => (each === undefined || each === '' ? '' : ` ${each}`)).join('');

/** `--option=value`, where there is a value. */
export const word = (option: string, value: string | number | undefined): string | undefined =>
  value === undefined ? undefined : `${option}=${value}`;

type Options = Readonly<Record<string, unknown>>;

/** A figure, also one that YAML was given in quotes. */
export const numberOf = (value: unknown): number | undefined => {
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof read === 'number' && Number.isFinite(read) ? read : undefined;
};

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const isMap = (value: unknown): value is Readonly<Record<string | number, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
