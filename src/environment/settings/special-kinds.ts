import { fault, joined, wholeNumber, type Check, type Read, type Setting } from './kinds.ts';
import type { Yaml, YamlEntry } from './yaml-values.ts';

type Described = Pick<Setting<unknown>, 'description' | 'group'>;

/** Hours of a day, 0 to 24, in a time zone. Passes midnight where `hour_start` is the later one. */
export interface MaintenanceWindow {
  readonly hour_start: number;
  readonly hour_end: number;
  readonly timezone: string;
}
/** How many hosts at a time: a number, or a share of them. */
export type Batch = number | `${number}%`;

/** Variables for every command: names that a shell takes, values that are text. */
export const environmentVariables = (more: Described): Setting<Readonly<Record<string, string>>> => ({
  kind: 'mapping of text to text',
  default: {},
  ...more,
  read: (yaml) => {
    if (yaml.entries === undefined) return fault(yaml, 'must be a mapping of names to text');
    const pairs = joined(yaml.entries.map(variable));
    return 'faults' in pairs ? pairs : { value: Object.fromEntries(pairs.value) };
  },
});

const variable = ({ key, at, value }: YamlEntry): Read<readonly [string, string]> => {
  if (!/^[A-Za-z_]\w*$/.test(key))
    return { faults: [{ at, says: `has the variable "${key}", whose name no shell takes` }] };
  const empty = value.value === null ? '' : value.text;
  return empty === undefined ? fault(value, `must give ${key} a text`) : { value: [key, empty] };
};

/** `{ hour_start, hour_end, timezone }`. */
export const maintenanceWindow = (more: Described): Setting<MaintenanceWindow | undefined> => ({
  kind: '`{ hour_start, hour_end, timezone }`',
  default: undefined,
  ...more,
  read: (yaml) => {
    const entries = new Map(yaml.entries?.map((entry) => [entry.key, entry]));
    if (yaml.entries === undefined) return fault(yaml, `must be ${windowShape}`);
    const unknown = yaml.entries.filter(({ key }) => !['hour_start', 'hour_end', 'timezone'].includes(key));
    const faults = unknown.map(({ key, at }) => ({ at, says: `has no part "${key}"; it is ${windowShape}` }));
    const hour = (key: string) =>
      part(yaml, entries.get(key), key, (value) => wholeNumber(value, { least: 0, most: 24 }));
    const [start, end, zone] = [
      hour('hour_start'),
      hour('hour_end'),
      part(yaml, entries.get('timezone'), 'timezone', timezone),
    ];
    const all = [start, end, zone].flatMap((each) => ('faults' in each ? each.faults : []));
    if ('faults' in start || 'faults' in end || 'faults' in zone || faults.length > 0)
      return { faults: [...faults, ...all] };
    if (start.value === end.value) return fault(yaml, 'begins and ends at the same hour, so it is never open');
    return { value: { hour_start: start.value, hour_end: end.value, timezone: zone.value } };
  },
});

const windowShape = '{ hour_start: 2, hour_end: 4, timezone: US/Eastern }';

const part = <Value>(
  whole: Yaml,
  entry: YamlEntry | undefined,
  key: string,
  read: (yaml: Yaml) => Read<Value>,
): Read<Value> => {
  if (entry === undefined) return fault(whole, `has no ${key}`);
  const found = read(entry.value);
  if ('value' in found) return found;
  return { faults: found.faults.map(({ says, ...rest }) => ({ ...rest, says: `: ${key} ${says}` })) };
};

const timezone = (yaml: Yaml): Read<string> => {
  const zone = yaml.text;
  if (zone === undefined) return fault(yaml, 'must be the name of a time zone');
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return { value: zone };
  } catch {
    return fault(yaml, `is "${zone}", which is no time zone`, 'Write a name such as US/Eastern, Europe/Berlin or UTC.');
  }
};

/** A number of hosts, or a percentage of them. */
export const batch = (more: Described & { default: Batch }): Setting<Batch> => ({
  kind: 'whole number, or percentage such as `25%`',
  ...more,
  read: (yaml) => {
    const written = yaml.text ?? '';
    const [, digits, percent] = /^(\d+)(%?)$/.exec(written) ?? [];
    const value = Number(digits);
    if (digits === undefined || value < 1)
      return fault(yaml, 'must be a number of hosts from 1, or a percentage such as 25%');
    if (percent === '') return { value };
    return value <= 100 ? { value: `${value}%` } : fault(yaml, `must be at most 100%, not ${written}`);
  },
});

/** Paths inside a release: nothing above it, and nothing that belongs to us. */
export const insideRelease: Check = (path) => {
  if (path.startsWith('/')) return `has "${path}", which is not relative to the release`;
  if (path.startsWith('.fab')) return `has "${path}", whose name is kept for fabwright's own records`;
  const wrong = path
    .replace(/\/$/, '')
    .split('/')
    .find((part) => ['', '.', '..'].includes(part));
  return wrong === undefined
    ? undefined
    : `has "${path}", which must be a plain relative path without ".", ".." and empty parts`;
};

export const webAddress: Check = (url) =>
  URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
    ? undefined
    : `must be an http or https address, not "${url}"`;

/** A name that becomes one part of a path on the hosts. */
export const folderName: Check = (name) =>
  /^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u.test(name) ? undefined : `must be a plain folder name, not "${name}"`;

/** A directory on the hosts: absolute, or below a home. */
export const hostPath: Check = (path) =>
  /^(?:\/|~)/.test(path) && !/[\n\r]/.test(path) ? undefined : `must start with / or ~, not "${path}"`;

export const userName: Check = (name) =>
  /^[A-Za-z_][\w.-]*\$?$/.test(name) ? undefined : `must be a user's name, not "${name}"`;

export const oneLine: Check = (value) => (/[\n\r]/.test(value) ? 'must be on one line' : undefined);

/** A directory to search for programs: no colon, which separates them. */
export const searchDirectory: Check = (path) =>
  path.includes(':')
    ? `has "${path}", which must not contain a colon`
    : hostPath(path) === undefined
      ? undefined
      : `has "${path}", which must start with / or ~`;
