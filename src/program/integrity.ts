import type { Survey } from '../model/survey.ts';
import type { Task } from '../model/task.ts';
import type { Integrity } from '../plan/make-plan.ts';
import { releaseHostsOf } from '../plan/release-hosts.ts';
import { rollbackTarget, type Damage } from '../plan/rollback.ts';
import { asSettled } from '../plan/unfinished.ts';
import { compareBuilt } from '../survey/compare-built.ts';
import type { Loaded } from './load.ts';

export interface IntegrityQuestion {
  readonly task: Task;
  readonly params: Readonly<Record<string, unknown>>;
  readonly survey: Survey;
  readonly signal: AbortSignal;
}

/**
 * Compares the release that a rollback would go to with what was recorded when it was built; one that
 * is damaged on some host is passed over for the next, unless it was named.
 */
export const integrityFor = async (
  loaded: Loaded,
  { task, params, survey, signal }: IntegrityQuestion,
): Promise<Integrity> => {
  const hosts = asSettled(releaseHostsOf({ task, inventory: loaded.environment.inventory, survey }));
  const named = params['to'] as string | undefined;
  const damages: Damage[] = [];
  const unchecked: Integrity['unchecked'][number][] = [];
  for (let release = named ?? rollbackTarget(hosts); release !== undefined;) {
    const compared = await compareBuilt({ ...access(loaded), hosts, release, signal });
    for (const each of compared) {
      if (each.kind === 'damaged') damages.push({ release, host: each.host, files: each.files });
      if (each.kind === 'unchecked') unchecked.push({ release, host: each.host, why: each.why });
    }
    const next = named === undefined ? rollbackTarget(hosts, damages) : undefined;
    release = next === release ? undefined : next;
  }
  return { damages, unchecked };
};

const access = ({ fleet, sudoUser, path, forks, settings }: Loaded) => {
  const shared = settings['shared_paths'];
  return { fleet, sudoUser, path, forks, except: Array.isArray(shared) ? shared.map(String) : [] };
};
