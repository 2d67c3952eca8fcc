import { join } from 'node:path';
import type { Inventory } from '../model/inventory.ts';
import { nearest } from '../model/nearest.ts';
import { problem, type Problem } from '../model/problem.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { queueRules } from './celery-queues.ts';
import { findEnvironments } from './find-environments.ts';
import { readInventory } from './inventory/inventory.ts';
import type { Processes } from '../model/processes.ts';
import { readProcesses } from './processes.ts';
import type { Origin, Pairs } from './settings/given.ts';
import { readSettings, type SettingsReading } from './settings/read-settings.ts';
import type { Settings } from './settings-catalogue.ts';
import { readMeta, readPublic, readSecrets } from './side-files.ts';

/** A fleet and its settings, as the folder `directory` and what was typed say. */
export interface Environment {
  readonly name: string;
  /** The environment's own folder. */
  readonly directory: string;
  readonly inventory: Inventory;
  readonly settings: Settings;
  /** The values of the requested extra settings that were given, unchecked. */
  readonly extraSettings: Readonly<Record<string, unknown>>;
  /** Where each setting's value comes from. */
  readonly origins: Readonly<Record<string, Origin>>;
  /** From `.env`. Never to be printed, never to be an argument. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The environment's `known_hosts`; it need not exist. */
  readonly knownHostsFile: string;
  readonly processes?: Processes;
  /** One sentence each, for a person: what was read but is ignored. */
  readonly notices: readonly string[];
}

export interface EnvironmentRequest {
  /** The folder that holds all environments. */
  readonly directory: string;
  readonly name: string;
  /** The pairs of `--set`, in the order typed; values are YAML. */
  readonly set?: Pairs;
  /** The variables to look for `FAB_<KEY>` in, usually `process.env`. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
  /** Names of further settings that a fabfile declares. */
  readonly extraSettings?: readonly string[];
}

/** Reads everything in `environments/<name>/`, with all problems at once. Never opens `vault.yml`. */
export const readEnvironment = async (
  request: EnvironmentRequest,
): Promise<Result<Environment, readonly Problem[]>> => {
  const { directory, name } = request;
  const found = await findEnvironments(directory);
  if (!found.includes(name)) return fail([unknownEnvironment(name, directory, found)]);
  const folder = join(directory, name);
  const [meta, login, secrets] = await Promise.all([readMeta(folder), readPublic(folder), readSecrets(folder)]);
  const inventory = await readInventory(folder, login.value);
  const settings = await readSettings(settingsRequest(request, folder, meta.value));
  const processes =
    inventory.problems.length > 0
      ? undefined
      : await readProcesses(folder, inventory.value, queueRules(settings.settings.celery_queues, isCommcare(settings)));
  const parts = [inventory, meta, login, settings, secrets, ...(processes === undefined ? [] : [processes])];
  const problems = parts.flatMap((part) => part.problems);
  if (problems.length > 0) return fail(problems);
  return ok({
    name,
    directory: folder,
    inventory: inventory.value,
    settings: settings.settings,
    extraSettings: settings.extra,
    origins: settings.origins,
    secrets: secrets.value,
    knownHostsFile: join(folder, 'known_hosts'),
    ...(processes?.value === undefined ? {} : { processes: processes.value }),
    notices: parts.flatMap((part) => part.notices),
  });
};

/**
 * The setting `fabfile` alone, for the one who must load the fabfile before its extra settings are
 * known. Undefined when it is not given or something is wrong, which `readEnvironment` then says.
 */
export const fabfileSetting = async (request: EnvironmentRequest): Promise<string | undefined> => {
  const { settings } = await readSettings(settingsRequest(request, join(request.directory, request.name), undefined));
  return settings.fabfile;
};

const settingsRequest = (
  { name, set = [], variables = {}, extraSettings = [] }: EnvironmentRequest,
  folder: string,
  deployEnv: string | undefined,
) => ({ file: join(folder, 'fab-settings.yml'), deployEnv: deployEnv ?? name, set, variables, extraSettings });

/** `app` is a setting of the fabfile's operations: what it says counts, unchecked as it is here. */
const isCommcare = ({ settings, extra }: SettingsReading): boolean =>
  settings.project === 'commcare-hq' && (extra['app'] ?? 'commcare') === 'commcare';

const unknownEnvironment = (name: string, directory: string, found: readonly string[]): Problem => {
  if (found.length === 0) {
    return problem(`There is no environment ${name}: ${directory} holds no folder with an inventory.`, {
      hint: 'Name another folder with --environments or FAB_ENVIRONMENTS.',
    });
  }
  const near = nearest(name, found);
  const meant = near === undefined ? '' : `Did you mean ${near}? `;
  return problem(`There is no environment ${name} in ${directory}.`, { hint: `${meant}Found: ${found.join(', ')}.` });
};
