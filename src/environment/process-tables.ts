import { nearest } from '../model/nearest.ts';
import { problem, type Location, type Problem } from '../model/problem.ts';
import type { CeleryWorker, ManagementCommand, PillowProcesses } from '../model/processes.ts';
import { queueProblems, type QueueRules } from './celery-queues.ts';
import type { HostEntry } from './processes.ts';
import { wholeNumber } from './settings/kinds.ts';
import type { Yaml, YamlEntry } from './settings/yaml-values.ts';

interface Table<Row> {
  readonly value: readonly Row[];
  readonly problems: readonly Problem[];
  readonly notices: readonly string[];
}
interface Job {
  readonly name: string;
  readonly at: Location;
  readonly hosts: readonly string[];
  readonly body: Yaml;
}

const alone = ['flower', 'beat'];
/** A second scheduler would start every periodic task twice. */
const once = ['flower', 'beat', 'celery_periodic'];
const most = 100_000;

/** What commcare-cloud's tables may say of a worker and of a pillow. */
const celeryOptions = [
  ...['concurrency', 'env_vars', 'max_tasks_per_child', 'num_workers', 'optimize'],
  ...['pooling', 'prefetch_multiplier', 'server_whitelist'],
];
const pillowOptions = [
  ...['dedicated_migration_process', 'env_vars', 'exclude_ucrs', 'gevent_workers', 'num_processes'],
  ...['process', 'processor_chunk_size', 'start_process', 'total_processes'],
];

/** One row per host and queue key; a key of several names is one worker that serves them all. */
export const celeryWorkers = (
  entries: readonly HostEntry[],
  table: Location,
  rules?: QueueRules,
): Table<CeleryWorker> => {
  const problems: Problem[] = [];
  const all = jobs(entries, problems).map((job) => ({ ...job, queues: queuesOf(job.name) }));
  const rows = all.flatMap(({ name, at, queues, hosts, body }) => {
    for (const queue of queues)
      if (alone.includes(queue) && queues.length > 1)
        problems.push(problem(`${queue} cannot share a worker with other queues.`, { at }));
    const concurrency = figure(body, 'concurrency', { least: 1, fallback: 1 }, problems);
    const workers = figure(body, 'num_workers', { least: 0, fallback: 1 }, problems);
    const [single] = queues.filter((queue) => once.includes(queue));
    if (single !== undefined && workers > 1)
      problems.push(problem(`${single} may have one worker, not ${workers}.`, { at: place(body, 'num_workers') }));
    problems.push(...whitelistProblems(queues, hosts, body));
    const pooling = option(body, 'pooling')?.text ?? 'prefork';
    if (pooling !== 'prefork' && pooling !== 'gevent')
      problems.push(problem(`pooling of ${name} must be prefork or gevent.`, { at: place(body, 'pooling') }));
    const kind: CeleryWorker['pooling'] = pooling === 'gevent' ? pooling : 'prefork';
    const options = record(body);
    return hosts.map((host) => ({
      host,
      queues,
      concurrency,
      workers,
      pooling: kind,
      options,
    }));
  });
  const mentions = all.flatMap(({ queues, at }) => queues.map((queue) => ({ queue, at })));
  return {
    value: rows,
    problems: [...problems, ...twice(all), ...queueProblems(mentions, rules, table)],
    notices: unknownOptions(all, celeryOptions),
  };
};

const queuesOf = (name: string): readonly string[] =>
  name
    .split(',')
    .map((queue) => queue.trim())
    .filter((queue) => queue !== '');

/** What may run once and is claimed by several; who claims it is said. */
const twice = (all: readonly (Job & { readonly queues: readonly string[] })[]): readonly Problem[] =>
  once.flatMap((queue) => {
    const claims = all
      .filter(({ queues }) => queues.includes(queue))
      .flatMap(({ hosts, at }) => hosts.map((host) => ({ host, at })));
    const last = claims.at(-1);
    if (claims.length < 2 || last === undefined) return [];
    const hosts = [...new Set(claims.map(({ host }) => host))];
    const who = hosts.length === 1 ? `${hosts[0]} claims it twice` : `${hosts.join(' and ')} claim it`;
    return [problem(`${queue} may run only once in an environment, and ${who}.`, { at: last.at })];
  });

/** commcare-cloud's own lock against a second scheduler: where it is written, it must say what the table says. */
const whitelistProblems = (queues: readonly string[], hosts: readonly string[], body: Yaml): readonly Problem[] => {
  const given = option(body, 'server_whitelist');
  const [host] = hosts;
  if (given === undefined || host === undefined || !queues.includes('celery_periodic')) return [];
  return given.text === host
    ? []
    : [
        problem(`server_whitelist of celery_periodic must be ${host}, where it runs, not ${String(given.value)}.`, {
          at: given.at,
        }),
      ];
};

/** One row per host and pillow. */
export const pillowProcesses = (entries: readonly HostEntry[]): Table<PillowProcesses> => {
  const problems: Problem[] = [];
  const all = jobs(entries, problems);
  const rows = all.flatMap(({ name, at, hosts, body }) => {
    const processes = figure(body, 'num_processes', { least: 0, fallback: 1 }, problems);
    const start = figure(body, 'start_process', { least: 0, fallback: 0 }, problems);
    const written =
      option(body, 'total_processes') === undefined
        ? undefined
        : figure(body, 'total_processes', { least: 0, fallback: 0 }, problems);
    if (written !== undefined && start + processes > written) {
      problems.push(
        problem(`${name} counts to ${start + processes} processes, more than its total_processes of ${written}.`, {
          at,
        }),
      );
    }
    return hosts.map((host) => ({ host, pillow: name, processes, start, total: written, options: record(body) }));
  });
  return { value: rows, problems, notices: unknownOptions(all, pillowOptions) };
};

/** One row per host and command. What commcare-cloud takes beside a command's name, it has no use for. */
export const managementCommands = (entries: readonly HostEntry[]): Table<ManagementCommand> => {
  const problems: Problem[] = [];
  const all = jobs(entries, problems);
  for (const { name, at } of all)
    if (!/^\w+$/.test(name)) problems.push(problem(`management_commands: «${name}» is no name of a command.`, { at }));
  return {
    value: all.flatMap(({ name, hosts }) => hosts.map((host) => ({ host, command: name }))),
    problems,
    notices: unknownOptions(all, []),
  };
};

/** A misspelt option would leave a worker as it is by default, in silence. */
const unknownOptions = (all: readonly Job[], known: readonly string[]): readonly string[] =>
  all.flatMap(({ name, body }) =>
    [...(body.entries ?? []), ...optionsOfProcesses(body)]
      .filter(({ key }) => !known.includes(key))
      .map(({ key, at }) => {
        const near = nearest(key, known);
        const meant = near === undefined ? '' : `; did you mean ${near}?`;
        return `${at.file}:${at.line ?? 1}: nobody knows the option ${key} of ${name}${meant === '' ? '.' : meant} It is not used.`;
      }),
  );

/** `process: { 0: { gevent_workers: 2 } }`: what is said of one process of a pillow. */
const optionsOfProcesses = (body: Yaml): readonly YamlEntry[] =>
  (option(body, 'process')?.entries ?? []).flatMap(({ value }) => value.entries ?? []);

const jobs = (entries: readonly HostEntry[], problems: Problem[]): readonly Job[] =>
  entries.flatMap(({ hosts, body }) => {
    if (body.value === null) return [];
    if (body.entries === undefined) problems.push(problem('What runs on a host must be a mapping.', { at: body.at }));
    return (body.entries ?? []).map(({ key, at, value }) => ({ name: key, at, hosts, body: value }));
  });

const option = (body: Yaml, key: string): Yaml | undefined => {
  const found = body.entries?.find((entry) => entry.key === key)?.value;
  return found?.value === null ? undefined : found;
};

/** The line of an option where it is written, else of what it belongs to. */
const place = (body: Yaml, key: string): Location => option(body, key)?.at ?? body.at;

const figure = (
  body: Yaml,
  key: string,
  { least, fallback }: { least: number; fallback: number },
  problems: Problem[],
): number => {
  const given = option(body, key);
  if (given === undefined) return fallback;
  const read = wholeNumber(given, { least, most });
  if ('value' in read) return read.value;
  problems.push(...read.faults.map(({ at, says }) => problem(`${key} ${says}.`, at === undefined ? {} : { at })));
  return fallback;
};

const record = (body: Yaml): Readonly<Record<string, unknown>> =>
  Object.fromEntries((body.entries ?? []).map(({ key, value }) => [key, value.value]));
