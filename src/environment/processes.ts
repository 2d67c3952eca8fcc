import { join } from 'node:path';
import type { Inventory } from '../model/inventory.ts';
import { nearest } from '../model/nearest.ts';
import { problem, type Problem } from '../model/problem.ts';
import type { Processes } from '../model/processes.ts';
import type { QueueRules } from './celery-queues.ts';
import { checkProcessSettings } from './process-settings.ts';
import { mappingOf } from './side-files.ts';
import { celeryWorkers, managementCommands, pillowProcesses } from './process-tables.ts';
import type { Reading } from './inventory/readings.ts';
import type { Yaml } from './settings/yaml-values.ts';

/** Tables by host, and the group whose hosts must all be mentioned in one. */
const tables = { celery_processes: 'celery', pillows: 'pillowtop', management_commands: undefined } as const;
type TableName = keyof typeof tables;

/**
 * Reads `app-processes.yml`; undefined when there is none. Hosts are checked against `inventory`, queues
 * against `queues`.
 */
export const readProcesses = async (
  folder: string,
  inventory: Inventory,
  queues?: QueueRules,
): Promise<Reading<Processes | undefined>> => {
  const file = join(folder, 'app-processes.yml');
  const { entries, problems } = await mappingOf(file);
  if (entries.length === 0) return { value: undefined, problems, notices: [] };
  const table = (name: TableName): Hosts =>
    byHost(name, entries.find(({ key }) => key === name)?.value, inventory, file);
  const [celeryHosts, pillowHosts, commandHosts] = [
    table('celery_processes'),
    table('pillows'),
    table('management_commands'),
  ];
  const celeryTable = entries.find(({ key }) => key === 'celery_processes');
  const celery = celeryWorkers(
    celeryHosts.value,
    celeryTable?.at ?? { file },
    celeryTable === undefined ? undefined : queues,
  );
  const pillows = pillowProcesses(pillowHosts.value);
  const commands = managementCommands(commandHosts.value);
  const settings = checkProcessSettings(entries);
  const other = entries.filter(({ key }) => !Object.hasOwn(tables, key));
  return {
    value: {
      celery: celery.value,
      pillows: pillows.value,
      commands: commands.value,
      other: Object.fromEntries(other.map(({ key, value }) => [key, value.value])),
    },
    problems: [
      ...problems,
      ...[celeryHosts, pillowHosts, commandHosts, celery, pillows, commands, settings].flatMap((each) => each.problems),
    ],
    notices: [
      ...[settings, celery, pillows, commands].flatMap((each) => each.notices),
      ...withoutPrograms(commandHosts, inventory, file),
    ],
  };
};

/** The groups whose hosts run programs of the application's code. */
const programGroups = ['webworkers', 'celery', 'pillowtop'];

/** supervisord's files are written for those hosts only; an inventory without such groups has roles of its own. */
const withoutPrograms = ({ value }: Hosts, { groups }: Inventory, file: string): readonly string[] => {
  const able = new Set(programGroups.flatMap((group) => groups[group] ?? []));
  const idle = [...new Set(value.flatMap(({ hosts }) => hosts))].filter((host) => able.size > 0 && !able.has(host));
  return idle.map(
    (host) => `${file}: management_commands of ${host} do not run: it is in none of ${programGroups.join(', ')}.`,
  );
};

/** One host of a table with what is to run on it. Undefined is the literal `None`: accepted, runs nowhere. */
export interface HostEntry {
  readonly hosts: readonly string[];
  readonly body: Yaml;
}
interface Hosts {
  readonly value: readonly HostEntry[];
  readonly problems: readonly Problem[];
}

const byHost = (table: TableName, yaml: Yaml | undefined, inventory: Inventory, file: string): Hosts => {
  if (yaml === undefined || yaml.value === null) return { value: [], problems: [] };
  if (yaml.entries === undefined)
    return { value: [], problems: [problem(`${table} must be a mapping of hosts.`, { at: yaml.at })] };
  const problems: Problem[] = [];
  const value = yaml.entries.map(({ key, at, value: body }): HostEntry => {
    const hosts = key
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== 'None' && word !== '');
    const found = hosts.map((word) => oneHost(word, inventory));
    problems.push(
      ...found.flatMap((each) => ('says' in each ? [problem(`${table}: ${each.says}`, { at, ...each.more })] : [])),
    );
    return { hosts: found.flatMap((each) => ('host' in each ? [each.host] : [])), body };
  });
  const mentioned = new Set(value.flatMap(({ hosts }) => hosts));
  const group = tables[table];
  const members = group === undefined ? [] : (inventory.groups[group] ?? []);
  const silent = problems.length > 0 ? [] : members.filter((host) => !mentioned.has(host));
  const missing = silent.map((host) =>
    problem(`${table} says nothing about ${host}, which is in the group ${group ?? ''}.`, {
      at: { ...yaml.at, file },
      hint: `Write "${host}: {}" if nothing is meant to run there.`,
    }),
  );
  return { value, problems: [...problems, ...missing] };
};

type Found = { readonly host: string } | { readonly says: string; readonly more: { readonly hint?: string } };

const oneHost = (word: string, { hosts, groups }: Inventory): Found => {
  const host = hosts.find(({ name }) => name === word);
  if (host !== undefined) return { host: host.name };
  const members = Object.hasOwn(groups, word) ? groups[word] : undefined;
  const [only, ...more] = members ?? [];
  if (only !== undefined && more.length === 0) return { host: only };
  if (members !== undefined)
    return { says: `the group ${word} has ${members.length} hosts; here it must have one.`, more: {} };
  const near = nearest(word, [...hosts.map(({ name }) => name), ...Object.keys(groups)]);
  return {
    says: `${word} is no host of the inventory and no group of one.`,
    more: near === undefined ? {} : { hint: `Did you mean ${near}?` },
  };
};
