import { flag, operation, text, words, type Param, type Role } from '../api.ts';
import { converse, converses } from './in-terminal.ts';
import { linesOf, manageAll, manageCommand, managementSettings } from './management.ts';

export interface DjangoOptions {
  /** Where commands for the whole application run once. */
  readonly deploy: Role;
  /** Where people run commands by hand. */
  readonly manage: Role;
}

/** Words for `manage.py` as a person types them; an open quote is said before anything is touched. */
const commandLine: Param<string> = {
  ...text({
    description: 'the words after manage.py, quoted as in a shell',
    positional: true,
    required: true,
    placeholder: 'COMMAND',
  }),
  read: (value) => {
    try {
      if (words(String(value)).length === 0) return { ok: false, failure: 'must not be empty' };
    } catch (thrown) {
      return { ok: false, failure: `cannot be read: ${(thrown as Error).message}` };
    }
    return { ok: true, value: String(value) };
  },
};

/** Management commands of the application itself. */
export const djangoOperations = ({ deploy, manage }: DjangoOptions) => ({
  manage: operation({
    name: 'django.manage',
    roles: [manage],
    once: true,
    params: {
      command: commandLine,
      tty: flag({ description: 'in a terminal of its own, as shell, dbshell and their like have anyway' }),
    },
    run: async ({ host, release, run, params }) => {
      const there = host.in(release.path);
      const command = manageCommand(params.command);
      const asks = params.tty || converses(words(params.command));
      if (params.tty && run.console === undefined) throw new Error('--tty needs a terminal, and there is none.');
      if (!asks || run.console === undefined) return there.run(command);
      await converse(there, command, run.console);
    },
  }),

  /** The application's own checks; run on a release before it is published, and on the live one. */
  systemChecks: operation({
    name: 'django.system-checks',
    roles: [deploy],
    once: true,
    everyRun: true,
    settings: managementSettings('system_check_commands'),
    run: ({ host, release, settings }) => manageAll(host, release.path, linesOf(settings, 'system_check_commands')),
  }),

  /** Tells monitoring that services are about to restart. Its failure stops nothing. */
  inProgress: operation({
    name: 'django.deploy-in-progress',
    roles: [deploy],
    once: true,
    settings: managementSettings('deploy_in_progress_command'),
    run: async ({ host, layout, settings, say }) => {
      await manageAll(host, layout.current, linesOf(settings, 'deploy_in_progress_command')).catch(() => {
        say('could not tell the application that a deploy is in progress');
      });
    },
  }),

  /** The application's own record of a deploy, with who, where and how long. Its failure stops nothing. */
  recordDeploy: operation({
    name: 'django.record-deploy',
    roles: [deploy],
    once: true,
    params: { skip_record: flag({ description: 'publish without recording a successful release' }) },
    settings: managementSettings('record_deploy_command'),
    run: async ({ host, release, run, params, settings, say }) => {
      if (params.skip_record) return;
      const minutes = Math.max(1, Math.round((Date.now() - run.startedAt.getTime()) / 60_000));
      const more = ['--user', run.user, '--environment', run.environment, '--minutes', String(minutes)];
      const commit = release.commit === undefined ? [] : ['--commit', release.commit];
      for (const line of linesOf(settings, 'record_deploy_command'))
        await host
          .in(release.path)
          .run(manageCommand(line, [...more, ...commit]))
          .catch(() => say('the application could not record the deploy'));
    },
  }),

  killStaleCeleryWorkers: operation({
    name: 'django.kill-stale-celery-workers',
    roles: [deploy],
    once: true,
    settings: managementSettings('stale_celery_command'),
    run: ({ host, release, settings }) => manageAll(host, release.path, linesOf(settings, 'stale_celery_command')),
  }),
});
