import type { RunEnd, RunEnding, RunInfo, TargetRelease } from '../api.ts';

/** What is told to the outside, and as JSON to programs. */
export interface Notice {
  readonly event: 'deploy_started' | 'deploy_success' | 'deploy_failure' | 'deploy_waiting';
  readonly environment: string;
  readonly task: string;
  readonly release: string;
  readonly commit: string;
  readonly user: string;
  /** All of it in one sentence; for a subject or a chat. */
  readonly sentence: string;
  /** Why and what now, as the terminal shows it; empty at the start. */
  readonly summary: string;
  /** `custom_deploy_details`, as they are. */
  readonly details: Readonly<Record<string, unknown>>;
}

type Details = Notice['details'];

const about = (run: RunInfo, release: TargetRelease, details: Details) => ({
  ...{ environment: run.environment, task: run.task, release: release.id, commit: release.commit ?? '' },
  ...{ user: run.user, details },
});

export const startNotice = (run: RunInfo, release: TargetRelease, details: Details): Notice => ({
  ...about(run, release, details),
  event: 'deploy_started',
  sentence: `${run.task} of ${release.commit ?? 'no commit'} on ${run.environment} (release ${release.id}) was started by ${run.user} on ${run.machine}.`,
  summary: '',
});

export const endNotice = (run: RunInfo, release: TargetRelease, end: RunEnd, details: Details): Notice => ({
  ...about(run, release, details),
  event: eventOf(end.ending),
  sentence: `${run.task} on ${run.environment} (release ${release.id}) ${sentences[end.ending]}.${
    end.resumable ? ` Go on with: fab ${run.environment} ${run.task} --resume ${release.id}` : ''
  }`,
  summary: end.summary,
});

const eventOf = (ending: RunEnding): Notice['event'] => {
  if (ending === 'done') return 'deploy_success';
  return ending === 'not-yet' ? 'deploy_waiting' : 'deploy_failure';
};

const sentences: Readonly<Record<RunEnding, string>> = {
  done: 'is done',
  failed: 'has failed',
  split: 'has left the hosts on different releases',
  'not-yet': 'waits for its preindex',
  interrupted: 'was interrupted',
  locked: 'found the fleet locked',
};
