import { problem, type Problem } from '../model/problem.ts';
import type { CeleryWorker, PillowProcesses } from '../model/processes.ts';
import type { HostEntry } from './processes.ts';
import { wholeNumber } from './settings/kinds.ts';
import type { Yaml } from './settings/yaml-values.ts';

interface Table<Row> {
  readonly value: readonly Row[];
  readonly problems: readonly Problem[];
}
interface Job {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly body: Yaml;
}

const alone = ['flower', 'beat'];
const once = ['flower', 'beat', 'celery_periodic'];
const most = 100_000;

/** One row per host and queue key; a key of several names is one worker that serves them all. */
export const celeryWorkers = (entries: readonly HostEntry[]): Table<CeleryWorker> => {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  const rows = jobs(entries, problems).flatMap(({ name, hosts, body }) => {
    const queues = name
      .split(',')
      .map((queue) => queue.trim())
      .filter((queue) => queue !== '');
    for (const queue of queues) {
      if (alone.includes(queue) && queues.length > 1)
        problems.push(problem(`${queue} cannot share a worker with other queues.`, { at: body.at }));
      if (!once.includes(queue)) continue;
      if (seen.has(queue) || hosts.length > 1)
        problems.push(problem(`${queue} may run only once in an environment.`, { at: body.at }));
      seen.add(queue);
    }
    const concurrency = figure(body, 'concurrency', { least: 1, fallback: 1 }, problems);
    const workers = figure(body, 'num_workers', { least: 0, fallback: 1 }, problems);
    const pooling = option(body, 'pooling')?.text ?? 'prefork';
    if (pooling !== 'prefork' && pooling !== 'gevent')
      problems.push(problem(`pooling of ${name} must be prefork or gevent.`, { at: body.at }));
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
  return { value: rows, problems };
};

/** One row per host and pillow. */
export const pillowProcesses = (entries: readonly HostEntry[]): Table<PillowProcesses> => {
  const problems: Problem[] = [];
  const rows = jobs(entries, problems).flatMap(({ name, hosts, body }) => {
    const processes = figure(body, 'num_processes', { least: 0, fallback: 1 }, problems);
    const start = figure(body, 'start_process', { least: 0, fallback: 0 }, problems);
    const written =
      option(body, 'total_processes') === undefined
        ? undefined
        : figure(body, 'total_processes', { least: 0, fallback: 0 }, problems);
    if (written !== undefined && start + processes > written) {
      problems.push(
        problem(`${name} counts to ${start + processes} processes, more than its total_processes of ${written}.`, {
          at: body.at,
        }),
      );
    }
    return hosts.map((host) => ({ host, pillow: name, processes, start, total: written, options: record(body) }));
  });
  return { value: rows, problems };
};

const jobs = (entries: readonly HostEntry[], problems: Problem[]): readonly Job[] =>
  entries.flatMap(({ hosts, body }) => {
    if (body.value === null) return [];
    if (body.entries === undefined) problems.push(problem('What runs on a host must be a mapping.', { at: body.at }));
    return (body.entries ?? []).map(({ key, value }) => ({ name: key, hosts, body: value }));
  });

const option = (body: Yaml, key: string): Yaml | undefined => {
  const found = body.entries?.find((entry) => entry.key === key)?.value;
  return found?.value === null ? undefined : found;
};

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
