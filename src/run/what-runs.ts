import { plannedSteps } from '../plan/planned-steps.ts';
import type { RunState } from './state.ts';

/**
 * Where a restart ended half-way: what runs on which host, since `current` alone does not say it. Nothing
 * where no host was restarted or none is missing.
 */
export const whatRuns = (state: RunState, before: string | undefined): string | undefined => {
  const { plan, published, results, failures } = state;
  const steps = plannedSteps(plan.nodes).filter(({ step }) => step.kind === 'operation' && step.restarts);
  const hosts = plan.hosts.map(({ host }) => host).filter((host) => steps.some((each) => each.hosts.includes(host)));
  const failed = hosts.filter((host) =>
    failures.some((failure) => failure.host === host && steps.some(({ id }) => id === failure.step)),
  );
  const restarted = hosts.filter(
    (host) =>
      !failed.includes(host) && steps.every(({ id, hosts: own }) => !own.includes(host) || results.get(id)?.has(host)),
  );
  const others = hosts.filter((host) => !failed.includes(host) && !restarted.includes(host));
  if (failed.length === 0 && others.length === 0) return undefined;
  const now = published === 'yes' ? ` in ${plan.release?.id ?? ''}` : '';
  const old = published === 'yes' && before !== undefined ? `still in ${before}` : 'not restarted';
  const parts = [
    [`restarted${now}`, restarted],
    ['did not come back', failed],
    [old, others],
  ] as const;
  return `What runs: ${parts
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `${names.join(', ')} ${what}`)
    .join('; ')}.`;
};
