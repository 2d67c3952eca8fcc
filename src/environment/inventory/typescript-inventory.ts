import { homedir } from 'node:os';
import * as v from 'valibot';
import type { Host } from '../../model/host.ts';
import { problem, type Problem } from '../../model/problem.ts';
import { expandHome } from './connection.ts';
import { importFresh } from './import-fresh.ts';
import type { InventoryReading, LoginDefaults } from './readings.ts';

const text = v.pipe(v.string('must be text'), v.nonEmpty('must not be empty'));
const hostSchema = v.strictObject({
  address: v.optional(text),
  port: v.optional(
    v.pipe(
      v.number('must be a number'),
      v.integer('must be a whole number'),
      v.minValue(1, 'must be from 1 to 65535'),
      v.maxValue(65_535, 'must be from 1 to 65535'),
    ),
  ),
  user: v.optional(text),
  identityFile: v.optional(text),
  connection: v.optional(v.picklist(['ssh', 'local'], 'must be ssh or local')),
  groups: v.array(text, 'must be a list of group names'),
  vars: v.optional(v.record(v.string(), v.unknown(), 'must be an object')),
});
const schema = v.strictObject({ hosts: v.record(text, hostSchema, 'must be an object of hosts') });

/** What the default export of `inventory.ts` is. */
export type TypedInventory = v.InferInput<typeof schema>;

/** Reads `inventory.ts`: its default export, checked field by field. */
export const readTypescriptInventory = async (file: string, defaults: LoginDefaults): Promise<InventoryReading> => {
  const loaded = await importFresh(file);
  if (!loaded.ok) return nothing([problem(`The inventory could not be loaded: ${loaded.failure}`, { at: { file } })]);
  const checked = v.safeParse(schema, loaded.value);
  if (!checked.success)
    return nothing(checked.issues.map((issue) => problem(issueText(issue), { at: { file }, hint: shape })));
  const hosts = Object.entries(checked.output.hosts).map(([name, given]) => hostOf(name, given, defaults));
  return { value: { hosts, groups: groupTable(hosts) }, problems: [], notices: [] };
};

const shape = 'Expected: export default { hosts: { web1: { address: "10.0.0.1", groups: ["webworkers"] } } }';

const nothing = (problems: readonly Problem[]): InventoryReading => ({
  value: { hosts: [], groups: {} },
  problems,
  notices: [],
});

const issueText = (issue: v.BaseIssue<unknown>): string => {
  const path = v.getDotPath(issue) ?? 'The default export';
  if (issue.expected === 'never') return `${path} is not known.`;
  if (issue.received === 'undefined') return `${path} is missing.`;
  return issue.type === 'strict_object' ? `${path} must be an object.` : `${path} ${issue.message}.`;
};

const hostOf = (name: string, given: v.InferOutput<typeof hostSchema>, defaults: LoginDefaults): Host => {
  const user = given.user ?? defaults.user;
  return {
    name,
    address: given.address ?? name,
    connection: given.connection ?? 'ssh',
    ...(given.port === undefined ? {} : { port: given.port }),
    ...(user === undefined ? {} : { user }),
    ...(given.identityFile === undefined ? {} : { identityFile: expandHome(given.identityFile, homedir()) }),
    ...(defaults.sshArguments.length === 0 ? {} : { sshArguments: defaults.sshArguments }),
    groups: [...new Set(given.groups)].filter((group) => group !== 'all' && group !== 'ungrouped').sort(),
    vars: given.vars ?? {},
  };
};

const groupTable = (hosts: readonly Host[]): Readonly<Record<string, readonly string[]>> => {
  const groups = new Map<string, string[]>([
    ['all', hosts.map(({ name }) => name)],
    ['ungrouped', []],
  ]);
  for (const host of hosts) {
    const own = host.groups.length === 0 ? ['ungrouped'] : host.groups;
    for (const group of own) groups.set(group, [...(groups.get(group) ?? []), host.name]);
  }
  return Object.fromEntries(groups);
};
