import { plannedSteps } from '../plan/planned-steps.ts';
import type { PlannedStep } from '../plan/plan.ts';
import { openAhead } from '../session/execute.ts';
import type { As } from '../session/wrapper.ts';
import type { RunState } from './state.ts';

/**
 * As whom the engine itself is sure to send a command to this host later than `step` (or later than the locks): a
 * verification before publishing, a cleaning. What an operation will do there nobody knows; if it does send commands
 * they are the first to use what was opened for these. None after the verification: a login that begins while hosts
 * swap would set them apart.
 */
export const nextCommand = (state: RunState, host: string, step?: string): As | undefined =>
  plannedSteps(state.plan.nodes).some((planned) => planned.id === step && isPublish(planned))
    ? undefined
    : commandAfter(state, host, step);

/** Once hosts have swapped. */
export const openAheadAfter = (state: RunState, step: string, hosts: readonly string[]): void => {
  for (const host of hosts) if (state.fleet.has(host)) openAhead(state.fleet.on(host), commandAfter(state, host, step));
};

const commandAfter = (state: RunState, host: string, step?: string): As | undefined => {
  const steps = plannedSteps(state.plan.nodes);
  const at = step === undefined ? -1 : steps.findIndex(({ id }) => id === step);
  if (step !== undefined && at < 0) return undefined;
  const sure = steps.slice(at + 1).some((planned) => willRunOn(host, planned) && sendsCommand(state, planned));
  return sure ? { user: state.sudoUser } : undefined;
};

const isPublish = ({ step }: PlannedStep): boolean => step.kind === 'engine' && step.action === 'publish';

const willRunOn = (host: string, { hosts, done, conditions }: PlannedStep): boolean =>
  hosts.includes(host) && done[host] === undefined && conditions.length === 0;

const sendsCommand = ({ plan }: RunState, { step }: PlannedStep): boolean => {
  if (step.kind !== 'engine') return false;
  switch (step.action) {
    case 'publish':
      return plan.task.release.kind === 'new';
    case 'clean':
      return plan.leftOut.length === 0 && plan.params['hold'] !== true;
    case 'create':
      return false;
  }
};
