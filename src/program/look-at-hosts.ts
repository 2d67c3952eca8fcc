import type { Survey } from '../model/survey.ts';
import type { Task } from '../model/task.ts';
import { unfinishedPublish } from '../plan/unfinished.ts';
import type { Loaded } from './load.ts';
import { surveyHosts, type SurveyHostsOptions } from './survey-hosts.ts';

/**
 * Surveys the hosts of a task. A run under the fleet's lock ends an interrupted publish first, so the
 * hosts that took part in one are looked at, too, as far as the inventory has them.
 */
export const lookAtHosts = async (
  loaded: Loaded,
  { lock }: Task,
  hosts: readonly string[],
  options: SurveyHostsOptions,
): Promise<Survey> => {
  let found = await surveyHosts(loaded, hosts, options);
  for (;;) {
    const missing = lock === 'exclusive' ? (unfinishedPublish(found.hosts)?.missing ?? []) : [];
    const further = missing.filter(
      (name) =>
        loaded.environment.inventory.hosts.some((host) => host.name === name) &&
        !found.unreachable.some(({ host }) => host === name),
    );
    if (further.length === 0) return found;
    const more = await surveyHosts(loaded, further, options);
    found = {
      hosts: [...found.hosts, ...more.hosts],
      unreachable: [...found.unreachable, ...more.unreachable],
      at: more.at,
    };
  }
};
