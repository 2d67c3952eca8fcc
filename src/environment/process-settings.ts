import { nearest } from '../model/nearest.ts';
import { problem, type Problem } from '../model/problem.ts';
import { wholeNumber } from './settings/kinds.ts';
import type { Yaml, YamlEntry } from './settings/yaml-values.ts';

/** What is wrong with a value, as the rest of a sentence; nothing where it will do. */
type Check = (value: Yaml) => string | undefined;

const whole =
  (least: number, most: number): Check =>
  (value) => {
    const read = wholeNumber(value, { least, most });
    return 'value' in read ? undefined : read.faults[0]?.says;
  };
const port = whole(1, 65_535);
const anything: Check = () => undefined;

/** Workers for each processor, so halves make sense. */
const factor: Check = ({ text = '' }) =>
  /^\d{1,4}(?:\.\d+)?$/.test(text) ? undefined : 'must be a number from 0 to 9999';

/** What ansible makes of the file and fabwright does not; where it says more than "no", that is told. */
const elsewhere: Readonly<Record<string, string>> = {
  datadog_pythonagent: 'agents stand in the command lines of fab-settings.yml, or in django_command_prefix',
  newrelic_djangoagent: 'agents stand in the command lines of fab-settings.yml, or in django_command_prefix',
  newrelic_javaagent: 'agents stand in formplayer_command_args',
  webworkers: 'how web workers run is the setting web_command',
};

const memory: Check = ({ text = '' }) =>
  /^\d+[kmg]$/i.test(text) ? undefined : `must be memory as java writes it, such as 3584m, not "${text}"`;

/** `host:port`, or one text of several with commas. */
const proxy: Check = ({ text = '' }) =>
  /^[^\s:/]+:\d{1,5}$/.test(text) ? undefined : `must be host:port, not "${text}"`;

const names: Check = (value) =>
  value.items?.every(({ text }) => text !== undefined) === true ? undefined : 'must be a list of names';

/** The keys of commcare-cloud's file beside its tables. */
const checks: Readonly<Record<string, Check>> = {
  additional_no_proxy_hosts: anything,
  celery_command_prefix: anything,
  celery_heartbeat_thresholds: anything,
  celery_processes: anything,
  datadog_pythonagent: anything,
  django_bind: anything,
  django_command_prefix: anything,
  django_port: port,
  flower_max_tasks: whole(1, 10_000_000),
  flower_port: port,
  formplayer_command_args: anything,
  formplayer_g1heapregionsize: memory,
  formplayer_maxmetaspacesize: memory,
  formplayer_memory: memory,
  gunicorn_graceful_timeout: whole(0, 86_400),
  gunicorn_max_requests: whole(0, 10_000_000),
  gunicorn_workers_factor: factor,
  gunicorn_workers_static_factor: factor,
  http_proxy: proxy,
  jython_memory: memory,
  management_commands: anything,
  newrelic_djangoagent: anything,
  newrelic_javaagent: anything,
  pillows: anything,
  service_blacklist: names,
  webworkers: anything,
};

interface Checked {
  readonly problems: readonly Problem[];
  readonly notices: readonly string[];
}

/** Ports, factors and the like. A key that nobody knows is told only where it looks like a misspelt one. */
export const checkProcessSettings = (entries: readonly YamlEntry[]): Checked => {
  const problems = entries.flatMap(({ key, value }) => {
    const says = value.value === null || !Object.hasOwn(checks, key) ? undefined : checks[key]?.(value);
    return says === undefined ? [] : [problem(`${key} ${says}.`, { at: value.at })];
  });
  const notices = entries.flatMap(({ key, at, value }) => {
    const where = Object.hasOwn(elsewhere, key) ? elsewhere[key] : undefined;
    if (where !== undefined && saysSomething(value))
      return [`${at.file}:${at.line ?? 1}: ${key} is not used: ${where}.`];
    if (Object.hasOwn(checks, key)) return [];
    const near = nearest(key, Object.keys(checks));
    return near === undefined
      ? []
      : [`${at.file}:${at.line ?? 1}: nobody knows the key ${key}; did you mean ${near}? It is not used.`];
  });
  return { problems: [...problems, ...noWorkers(entries)], notices };
};

const saysSomething = ({ value, entries }: Yaml): boolean =>
  entries === undefined ? value !== null && value !== false && value !== '' : entries.length > 0;

/** gunicorn would be started with no worker at all. */
const noWorkers = (entries: readonly YamlEntry[]): readonly Problem[] => {
  const of = (key: string): YamlEntry | undefined => entries.find((entry) => entry.key === key);
  const [each, fixed] = [of('gunicorn_workers_factor'), of('gunicorn_workers_static_factor')];
  return each !== undefined && Number(each.value.text) === 0 && Number(fixed?.value.text ?? 0) === 0
    ? [
        problem('gunicorn_workers_factor is 0, and so is gunicorn_workers_static_factor: no web worker would run.', {
          at: each.at,
        }),
      ]
    : [];
};
