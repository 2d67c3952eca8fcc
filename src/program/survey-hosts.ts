import type { Survey } from '../model/survey.ts';
import { survey } from '../survey/survey.ts';
import type { Loaded } from './load.ts';

export interface SurveyHostsOptions {
  /** Releases whose journals are wanted besides the newest ones'. */
  readonly journalsOf?: readonly string[];
  /** Whether the last release's size is wanted. */
  readonly measure?: boolean;
  /** The second look of a run, for what these hosts may delete. */
  readonly cleaningOn?: readonly string[];
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((line: string) => void) | undefined;
}

/** Surveys some hosts of an environment, with its settings. */
export const surveyHosts = (loaded: Loaded, names: readonly string[], options: SurveyHostsOptions): Promise<Survey> => {
  const { environment, fleet, sudoUser, path, forks, settings } = loaded;
  const shared = settings['shared_paths'];
  options.onProgress?.(`looking at ${names.length} host${names.length === 1 ? '' : 's'} …`);
  return survey({
    fleet,
    hosts: environment.inventory.hosts.filter(({ name }) => names.includes(name)),
    root: environment.settings.root,
    sharedPaths: Array.isArray(shared) ? shared.map(String) : [],
    journalsOf: options.journalsOf ?? [],
    measure: options.measure ?? false,
    again: options.cleaningOn !== undefined,
    followedOn: options.cleaningOn ?? [],
    sudoUser,
    path,
    forks,
    signal: options.signal ?? new AbortController().signal,
  });
};
