import { resumeLine } from '../model/resuming.ts';
import type { Plan } from '../plan/plan.ts';
import type { Outcome } from '../run/outcome.ts';
import { isOnNew } from './standing-text.ts';

/** Something worth typing next, and what it does. */
export interface NextCommand {
  readonly command: string;
  readonly purpose: string;
}

/** What to type after a run, the likeliest first. */
export const nextCommands = (outcome: Outcome, { task, environment, hosts, params }: Plan): readonly NextCommand[] => {
  const { ending, resumable } = outcome;
  const fab = (words: string, purpose: string): NextCommand => ({ command: `fab ${environment} ${words}`, purpose });
  const onNew = isOnNew(outcome);
  const publishesNew = task.release.kind === 'new' && Object.keys(outcome.standings).length > 0;
  const hadRelease = hosts.some(({ current }) => current.kind === 'release');
  const held = ending === 'done' && publishesNew && !onNew;
  const resume = resumeLine(task.name, outcome.release, hosts);
  return [
    ...(resumable && ending !== 'done'
      ? [fab(params['hold'] === true ? `${resume} --hold` : resume, 'go on from here')]
      : []),
    ...(held ? [fab(resume, 'publish it')] : []),
    ...(publishesNew && onNew && hadRelease ? [fab('rollback', 'go back to the release before')] : []),
    ...(ending === 'locked' ? [fab('status', 'who holds the lock')] : []),
    ...(ending === 'split' ? [fab('status', 'ask the hosts again')] : []),
  ];
};
