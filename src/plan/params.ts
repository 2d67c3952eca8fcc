import { choice, flag, text, type Param, type Params } from '../model/param.ts';
import { isReleaseId } from '../model/release.ts';
import { ok, fail, type Result } from '../model/result.ts';
import { engineStepsIn, operationsIn } from '../model/step.ts';
import type { Runnable, Task } from '../model/task.ts';

/** What `--resume` stands for: not given, the newest unfinished release, or a named one. */
export type Resume = false | true | string;

const resume: Param<Resume> = {
  kind: 'release',
  description: 'go on with the newest unfinished release, or with this one',
  default: false,
  placeholder: 'RELEASE',
  read: (value): Result<Resume, string> => {
    const given = String(value).toLowerCase();
    if (['', 'yes', 'true', '1'].includes(given)) return ok(true);
    if (['no', 'false', '0'].includes(given)) return ok(false);
    return isReleaseId(String(value))
      ? ok(String(value))
      : fail('must be the name of a release, like 2026-11-20_14.05.33');
  },
};

const releaseName = (description: string): Param<string | undefined> => ({
  kind: 'text',
  description,
  placeholder: 'RELEASE',
  read: (value) => {
    // Fabric users pass the directory; its last part is the name.
    const given = String(value)
      .replace(/\/+$/, '')
      .replace(/^\/(?:[^/]+\/)*releases\//, '');
    return isReleaseId(given) ? ok(given) : fail('must be the name of a release, like 2026-11-20_14.05.33');
  },
});

const fromRef: Params = {
  branch: text({ description: 'the branch or tag to take the code from', setting: 'default_branch', placeholder: 'B' }),
  commit: {
    ...text({ description: 'the commit to take the code from', placeholder: 'SHA' }),
    read: (value) =>
      /^[0-9a-f]{7,40}$/i.test(String(value))
        ? ok(String(value).toLowerCase())
        : fail('must be a commit hash of 7 to 40 hex digits'),
  },
};

const changedSteps = flag({ description: 'resume although the steps of the task have changed' });
const overMigrations = flag({ description: 'go back although migrations have run since' });
const whenUnreachable = choice(['abort', 'leave'], {
  description: 'what to do about hosts that cannot be reached: stop, or leave them out',
  default: 'abort',
});

const hold = flag({ description: 'make everything ready, publish nothing; --resume publishes it' });
const onFailure = choice(['stop', 'rollback'], {
  description: 'what to do when a step after publishing fails: stop there, or publish the release before again',
  default: 'stop',
  setting: 'on_failure',
});

/** Parameters that come with what kind of task it is. */
const byKind = (task: Task): Params => ({
  ...(task.release.kind === 'new' && task.release.commit !== 'live' ? fromRef : {}),
  ...(task.release.kind === 'new' && publishes(task) ? { resume, changed_steps: changedSteps, hold } : {}),
  ...(publishes(task)
    ? {
        skip_record: flag({ description: 'publish without recording a successful release' }),
        when_unreachable: whenUnreachable,
        on_failure: onFailure,
      }
    : {}),
  ...(task.narrowTo === undefined
    ? {}
    : { all_hosts: flag({ description: `on every host, not only on ${task.narrowTo.name}` }) }),
  ...(task.release.kind === 'previous'
    ? { to: releaseName('the release to go back to'), over_migrations: overMigrations }
    : {}),
  ...(task.release.kind === 'current' ? { release: releaseName('a release other than the live one') } : {}),
});

/** Whether a task swaps `current`. */
export const publishes = (task: Task): boolean => engineStepsIn(task.steps).some(({ action }) => action === 'publish');

/**
 * Every parameter of a task: its own, those that its kind brings, and those of its operations.
 * The task's own win over the same name elsewhere.
 */
export const paramsOf = (runnable: Runnable): Params =>
  runnable.kind === 'view'
    ? runnable.params
    : merged([
        ...engineStepsIn(runnable.steps).map(({ params }) => params),
        ...operationsIn(runnable.steps).map(({ params }) => params),
        byKind(runnable),
        runnable.params,
      ]);

const merged = (all: readonly Params[]): Params => Object.fromEntries(all.flatMap((params) => Object.entries(params)));
