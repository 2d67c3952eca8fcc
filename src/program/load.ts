import { existsSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import {
  fabfileSetting,
  readEnvironment,
  settingKeys,
  type Environment,
  type EnvironmentRequest,
} from '../environment/index.ts';
import { problem, type Problem } from '../model/problem.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { redactor, Secret, type Redact } from '../model/secret.ts';
import { operationsIn } from '../model/step.ts';
import type { Runnable, Task } from '../model/task.ts';
import type { Fleet } from '../session/fleet.ts';
import type { SshOptions } from '../transport/index.ts';
import { environmentsFolder } from './environments-folder.ts';
import { findFabfile, loadFabfile, tasksFrom, type FabfileExport } from './load-fabfile.ts';
import { packaged, withBuiltIns } from './load-tasks.ts';
import { packagedFabfile } from './packaged-fabfile.ts';

export interface LoadOptions {
  /** The name of a folder in `environments`. */
  readonly environment: string;
  /** Default: the setting `fabfile`, else ./fabfile.ts, else the packaged one. */
  readonly fabfile?: string | undefined;
  /** The folder of all environments; default FAB_ENVIRONMENTS, else ./environments. */
  readonly environments?: string | undefined;
  /** `--set` pairs: a setting's key and its value as YAML. */
  readonly set?: readonly (readonly [key: string, value: string])[];
  /** Instead of the setting `forks`. */
  readonly forks?: number | undefined;
  /** Where relative paths start and the usual fabfile is looked for; default the working directory. */
  readonly directory?: string;
  readonly variables?: Readonly<Record<string, string | undefined>>;
}

/** An environment and its tasks, ready to be planned. Connections open when first needed. */
export interface Loaded {
  readonly environment: Environment;
  readonly runnables: readonly Runnable[];
  /** What the tasks came from; undefined for the packaged fabfile. */
  readonly fabfile: string | undefined;
  readonly fleet: Fleet;
  readonly forks: number;
  /** Seconds after which a silent run has lost its lock. */
  readonly lease: number;
  readonly user: string;
  readonly machine: string;
  readonly redact: Redact;
  /** Settings by key: those of the catalogue and those that operations declare. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly sudoUser: string | undefined;
  readonly path: readonly string[];
  readonly variables: Readonly<Record<string, string | Secret>>;
  /** Closes every connection. */
  close(): Promise<void>;
}

/** Reads an environment and its fabfile. Connects to nothing. Every problem at once. */
export const load = (options: LoadOptions): Promise<Result<Loaded, readonly Problem[]>> =>
  loadAll(options).catch((thrown: unknown) => {
    const { code = '', message, path } = thrown as NodeJS.ErrnoException;
    if (!['EACCES', 'EPERM', 'EISDIR'].includes(code)) throw thrown;
    const sentence = `The environment cannot be read: ${message}.`;
    return fail([problem(sentence, path === undefined || message.includes(path) ? {} : { at: { file: path } })]);
  });

const loadAll = async (options: LoadOptions): Promise<Result<Loaded, readonly Problem[]>> => {
  const { variables = process.env, directory = process.cwd() } = options;
  const folder = environmentsFolder(options.environments, variables, directory);
  const request: EnvironmentRequest = {
    directory: folder,
    name: options.environment,
    variables,
    ...(options.set === undefined ? {} : { set: options.set }),
  };
  const path = await fabfilePath(options, request, directory);
  const fabfile = path === undefined ? ok(undefined) : await loadFabfile(path);
  const tasks = fabfile.ok ? await tasksWithoutSettings(fabfile.value, path) : [];
  const environment = await readEnvironment({ ...request, extraSettings: declaredSettings(tasks) });
  if (!fabfile.ok || !environment.ok)
    return fail([...(environment.ok ? [] : environment.failure), ...(fabfile.ok ? [] : fabfile.failure)]);
  const placed = withAbsolutePaths(environment.value);
  const settings = { ...placed.settings, ...placed.extraSettings };
  const runnables = await runnablesOf(fabfile.value, placed, settings, path);
  return runnables.ok ? ok(await assemble(options, placed, runnables.value, settings, path)) : runnables;
};

/** What a fabfile has before its settings are read: enough to know which settings it declares. */
const tasksWithoutSettings = async (
  exported: FabfileExport | undefined,
  path: string | undefined,
): Promise<readonly Runnable[]> => {
  const made = exported === undefined ? ok([]) : await tasksFrom(exported, {}, path ?? 'the fabfile');
  // One that cannot do without its settings says so when it gets them.
  return made.ok ? made.value : [];
};

/** Relative paths in an environment's files start at its folder, wherever fab is run; `root` starts at `home`. */
const withAbsolutePaths = (environment: Environment): Environment => {
  const { directory, settings, inventory } = environment;
  const { code_repo: repo, home, root } = settings;
  return {
    ...environment,
    settings: {
      ...settings,
      ...(repo !== undefined && /^\.{1,2}(\/|$)/.test(repo) ? { code_repo: resolve(directory, repo) } : {}),
      ...(home !== undefined && /^~(\/|$)/.test(root) ? { root: join(home, root.slice(1)) } : {}),
    },
    inventory: {
      ...inventory,
      hosts: inventory.hosts.map((host) =>
        host.identityFile === undefined ? host : { ...host, identityFile: resolve(directory, host.identityFile) },
      ),
    },
  };
};

const fabfilePath = async (
  options: LoadOptions,
  request: EnvironmentRequest,
  directory: string,
): Promise<string | undefined> => {
  if (options.fabfile !== undefined)
    return options.fabfile === packaged ? undefined : resolve(directory, options.fabfile);
  const setting = existsSync(join(request.directory, request.name)) ? await fabfileSetting(request) : undefined;
  if (setting === packaged) return undefined;
  if (setting === undefined) return findFabfile(directory);
  // Relative to the environment's own folder where it lies there, else to where fab is run.
  const beside = join(request.directory, request.name, setting);
  return isAbsolute(setting) ? setting : existsSync(beside) ? beside : resolve(directory, setting);
};

/** Keys that only operations know; the catalogue's own are read anyway. */
export const declaredSettings = (runnables: readonly Runnable[]): readonly string[] => {
  const known: readonly string[] = settingKeys;
  const tasks = runnables.filter((each): each is Task => each.kind === 'task');
  const keys = tasks.flatMap(({ steps }) => operationsIn(steps).flatMap(({ settings }) => Object.keys(settings)));
  return [...new Set(keys)].filter((key) => !known.includes(key));
};

const runnablesOf = async (
  exported: FabfileExport | undefined,
  environment: Environment,
  settings: Readonly<Record<string, unknown>>,
  path: string | undefined,
): Promise<Result<readonly Runnable[], readonly Problem[]>> => {
  if (exported === undefined) return ok(packagedFabfile(environment));
  const made = await tasksFrom(exported, settings, path ?? 'the fabfile');
  return made.ok ? ok(withBuiltIns(made.value)) : made;
};

const assemble = async (
  options: LoadOptions,
  environment: Environment,
  runnables: readonly Runnable[],
  settings: Readonly<Record<string, unknown>>,
  path: string | undefined,
): Promise<Loaded> => {
  const { settings: known, secrets } = environment;
  const forks = options.forks ?? known.forks;
  const fleet = await fleetOf(environment);
  return {
    environment,
    runnables,
    fabfile: path,
    fleet,
    forks,
    lease: known.lease,
    user: userInfo().username,
    machine: hostname(),
    redact: redactor(Object.values(secrets)),
    settings,
    sudoUser: known.sudo_user ?? undefined,
    path: known.path,
    variables: known.env,
    close: () => fleet.close(),
  };
};

/** What reaches hosts is only loaded where there is an environment to reach. */
const fleetOf = async (environment: Environment): Promise<Fleet> => {
  const [{ Fleet: FleetOf }, { createTransport }] = await Promise.all([
    import('../session/fleet.ts'),
    import('../transport/index.ts'),
  ]);
  return new FleetOf(createTransport(transportOptions(environment)));
};

const transportOptions = ({ name, knownHostsFile, settings }: Environment): SshOptions => ({
  environmentName: name,
  knownHostsFiles: { pinned: knownHostsFile, user: true },
  keepaliveSeconds: settings.keepalive,
  // An agent on a host can be used by its root: only where hosts fetch for themselves.
  forwardAgent: settings.code_delivery === 'pull',
});
