import { problem, type Problem } from '../../model/problem.ts';
import {
  catalogue,
  deployEnvMark,
  folderMark,
  obsoleteKeys,
  settingKeys,
  type SettingKey,
  type Settings,
} from '../settings-catalogue.ts';
import {
  fromFile,
  fromSet,
  fromVariables,
  merged,
  type Given,
  type GivenValues,
  type Origin,
  type Pairs,
} from './given.ts';
import { textOf } from '../side-files.ts';
import type { Setting } from './kinds.ts';

export interface SettingsRequest {
  /** `fab-settings.yml`; it need not exist. */
  readonly file: string;
  /** What `deploy_env` is when no setting says so. */
  readonly deployEnv: string;
  readonly set: Pairs;
  /** The environment variables of the process. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Names of further settings that a fabfile declares; their values are handed on unchecked. */
  readonly extraSettings: readonly string[];
}
export interface SettingsReading {
  /** Settings with a problem hold their default here. */
  readonly settings: Settings;
  /** The extra settings that were given, as YAML reads them. */
  readonly extra: Readonly<Record<string, unknown>>;
  readonly origins: Readonly<Record<string, Origin>>;
  readonly problems: readonly Problem[];
  readonly notices: readonly string[];
}

/** Resolves every setting: `--set`, then `FAB_<KEY>`, then the file, then the default. */
export const readSettings = async (request: SettingsRequest): Promise<SettingsReading> => {
  const given = await givenValues(request);
  const checked = settingKeys.map((key) => ({ key, ...resolve(key, given.values.get(key)) }));
  const origins = [...settingKeys, ...request.extraSettings].map(
    (key) => [key, given.values.get(key)?.origin ?? 'default'] as const,
  );
  return {
    settings: withDeployEnv(
      Object.fromEntries(checked.map(({ key, value }) => [key, value])) as Settings,
      request.deployEnv,
    ),
    extra: extraValues(given, request.extraSettings),
    origins: Object.fromEntries(origins),
    problems: [...given.problems, ...checked.flatMap(({ problems }) => problems)],
    notices: [...given.notices, ...obsoleteNotices(given)],
  };
};

const givenValues = async ({ file, set, variables, extraSettings }: SettingsRequest): Promise<GivenValues> => {
  const known = new Set<string>([...settingKeys, ...extraSettings]);
  const text = (await textOf(file)) ?? '';
  return merged([fromFile(text, file, known), fromVariables(variables, known), fromSet(set, known)]);
};

const resolve = (key: SettingKey, given: Given | undefined): { value: unknown; problems: readonly Problem[] } => {
  const setting: Setting<unknown> = catalogue[key];
  // An explicit null takes a value of the file back to the default.
  if (given === undefined || given.yaml.value === null) return { value: setting.default, problems: [] };
  const read = setting.read(given.yaml);
  if ('value' in read) return { value: read.value, problems: [] };
  const problems = read.faults.map(({ at, says, hint }) => {
    const sentence = `${given.wrote ?? key}${says.startsWith(':') ? '' : ' '}${says}.`;
    const where = given.origin === 'file' && at !== undefined ? { at } : {};
    return problem(sentence, { ...where, ...(hint === undefined ? {} : { hint }) });
  });
  return { value: setting.default, problems };
};

const withDeployEnv = (settings: Settings, fallback: string): Settings => {
  const deploy_env = settings.deploy_env === folderMark ? fallback : settings.deploy_env;
  return { ...settings, deploy_env, root: settings.root.replace(deployEnvMark, () => deploy_env) };
};

const extraValues = ({ values }: GivenValues, names: readonly string[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const given = values.get(name);
      return given === undefined || Object.hasOwn(catalogue, name) ? [] : [[name, given.yaml.value] as const];
    }),
  );

const obsoleteNotices = ({ values }: GivenValues): readonly string[] =>
  obsoleteKeys.flatMap((key) => {
    const at = values.get(key)?.yaml.at;
    return at === undefined ? [] : [`${at.file}:${at.line ?? 1}: ${key} no longer does anything.`];
  });
