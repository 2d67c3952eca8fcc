import { spawn } from 'node:child_process';
import { flag, operation, sh, text, type Role, type RunEnding, type RunInfo, type TargetRelease } from '../api.ts';
import { linesOf, manageCommand, managementSettings } from './management.ts';

/** What a notification says. */
interface Notice {
  readonly event: 'deploy_started' | 'deploy_success' | 'deploy_failure';
  readonly environment: string;
  readonly task: string;
  readonly release: string;
  readonly commit: string;
  readonly user: string;
  readonly sentence: string;
}

const patience = 5000;

/**
 * Says that a deploy has begun and how it ended. The end is told from this machine, so that it does
 * not depend on the new release, and nothing that goes wrong here ever stops or hides anything.
 */
export const notifyOperations = ({ deploy }: { readonly deploy: Role }) => ({
  announce: operation({
    name: 'notify.announce',
    roles: [deploy],
    once: true,
    // A resume ends in its own way, and that is to be told, too.
    everyRun: true,
    params: { skip_record: flag({ description: 'publish without recording a successful release' }) },
    settings: {
      ...managementSettings('mail_command'),
      email_enabled: flag({ description: 'mail administrators when a deploy starts' }),
      deploy_event_url: text({ description: 'gets an event for each deploy, as JSON' }),
      notify_command: text({ description: 'a shell line on this machine; the event is on its standard input' }),
    },
    run: async ({ host, release, live, run, settings, params, say }) => {
      if (params.skip_record) return;
      const tell = (notice: Notice): Promise<unknown> =>
        Promise.all([post(settings.deploy_event_url, notice, say), pipe(settings.notify_command, notice, say)]);
      run.atEnd(async (ending) => {
        await tell(noticeOf(run, release, ending));
      });
      const begun = noticeOf(run, release, undefined);
      await tell(begun);
      const [mail] = settings.email_enabled && live !== undefined ? linesOf(settings, 'mail_command') : [];
      if (mail === undefined || live === undefined) return;
      const subject = `${run.user} has started ${run.task} on ${run.environment}`;
      // By the live release, which works; the new one does not exist yet.
      await host
        .in(live.path)
        .run(sh`${manageCommand(mail, ['--subject', subject, begun.sentence])}`)
        .catch(() => say('the administrators could not be mailed'));
    },
  }),
});

const sentences: Readonly<Record<RunEnding, string>> = {
  done: 'is done',
  failed: 'has failed',
  split: 'has left the hosts on different releases',
  'not-yet': 'waits for its preindex',
  interrupted: 'was interrupted',
  locked: 'found the fleet locked',
};

const noticeOf = (run: RunInfo, release: TargetRelease, ending: RunEnding | undefined): Notice => ({
  event: ending === undefined ? 'deploy_started' : ending === 'done' ? 'deploy_success' : 'deploy_failure',
  environment: run.environment,
  task: run.task,
  release: release.id,
  commit: release.commit ?? '',
  user: run.user,
  sentence:
    ending === undefined
      ? `${run.task} of ${release.commit ?? 'no commit'} on ${run.environment} (release ${release.id}) was started by ${run.user} on ${run.machine}.`
      : `${run.task} on ${run.environment} (release ${release.id}) ${sentences[ending]}.${ending === 'done' ? '' : ` Go on with: fab ${run.environment} ${run.task} --resume ${release.id}`}`,
});

type Say = (sentence: string) => void;

const post = async (url: string | undefined, notice: Notice, say: Say): Promise<void> => {
  if (url === undefined) return;
  try {
    const body = JSON.stringify(notice);
    const headers = { 'content-type': 'application/json' };
    const { ok, status } = await fetch(url, { method: 'POST', body, headers, signal: AbortSignal.timeout(patience) });
    if (!ok) say(`the deploy event was refused with ${status}`);
  } catch (thrown) {
    say(`the deploy event could not be sent: ${(thrown as Error).message}`);
  }
};

const pipe = (line: string | undefined, notice: Notice, say: Say): Promise<void> =>
  new Promise((resolve) => {
    if (line === undefined) return resolve();
    const child = spawn('/bin/sh', ['-c', line], { stdio: ['pipe', 'ignore', 'ignore'], timeout: patience });
    child.on('error', () => resolve());
    child.on('close', (status) => {
      if (status !== 0) say(`notify_command ended with ${status ?? 'no status'}`);
      resolve();
    });
    child.stdin.on('error', () => undefined); // It need not read what it is told.
    child.stdin.end(`${JSON.stringify(notice)}\n`);
  });
