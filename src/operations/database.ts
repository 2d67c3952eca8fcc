import { durable, flag, operation, shell, type Command, type Role } from '../api.ts';
import { linesOf, manageAll, manageCommand, managementSettings } from './management.ts';

/** What happens to databases, queues and indexes around a release; all of it once, on the deploy host. */
export const databaseOperations = ({ deploy }: { readonly deploy: Role }) => ({
  /** Refuses to go on with Kafka checkpoints that new pillows could not start from. */
  checkKafkaCheckpoints: operation({
    name: 'kafka.check-checkpoints',
    roles: [deploy],
    once: true,
    everyRun: true,
    settings: {
      ...managementSettings('kafka_checkpoint_command'),
      ignore_kafka_checkpoint_warning: flag({ description: 'print what is wrong with the checkpoints, but go on' }),
    },
    run: async ({ host, release, settings, say }) => {
      const more = settings.ignore_kafka_checkpoint_warning ? ['--print-only'] : [];
      for (const line of linesOf(settings, 'kafka_checkpoint_command'))
        await host
          .in(release.path)
          .run(manageCommand(line, more))
          .catch((thrown: unknown) => {
            say('to go on all the same: --set ignore_kafka_checkpoint_warning=true');
            throw thrown;
          });
    },
  }),

  /** How many migrations of the release are not applied yet. */
  pendingMigrations: operation({
    name: 'database.pending-migrations',
    roles: [deploy],
    once: true,
    settings: managementSettings('migrations_check_command', 'migrate_command'),
    run: async ({ host, release, settings, say }) => {
      if (linesOf(settings, 'migrate_command').length === 0) return 0;
      const [check] = linesOf(settings, 'migrations_check_command');
      // Nothing to ask with: stopping services once too often is better than migrating under them.
      if (check === undefined) return 1;
      const pending = countPending(await host.in(release.path).read(manageCommand(check)));
      if (pending > 0) say(`${pending} migrations to apply`);
      return pending;
    },
  }),

  /** Puts the new indexes where the code looks for them. */
  finishPreindex: operation({
    name: 'database.finish-preindex',
    roles: [deploy],
    once: true,
    settings: managementSettings('finish_preindex_command'),
    run: ({ host, release, settings }) => manageAll(host, release.path, linesOf(settings, 'finish_preindex_command')),
  }),

  migrate: durable({
    name: 'database.migrate',
    roles: [deploy],
    once: true,
    migrates: true,
    settings: managementSettings('migrate_command'),
    command: ({ settings }): Command | undefined => {
      const lines = linesOf(settings, 'migrate_command').map((line) => manageCommand(line).text);
      return lines.length === 0 ? undefined : shell(lines.join(' && '));
    },
  }),

  createKafkaTopics: operation({
    name: 'kafka.create-topics',
    roles: [deploy],
    once: true,
    settings: managementSettings('kafka_topics_command'),
    run: ({ host, release, settings }) => manageAll(host, release.path, linesOf(settings, 'kafka_topics_command')),
  }),

  flipAliases: operation({
    name: 'elasticsearch.flip-aliases',
    roles: [deploy],
    once: true,
    settings: managementSettings('es_aliases_command'),
    run: ({ host, release, settings }) => manageAll(host, release.path, linesOf(settings, 'es_aliases_command')),
  }),
});

/** `showmigrations` marks what is applied with `[X]` and what is not with `[ ]`. */
export const countPending = (shown: string): number =>
  shown.split('\n').filter((line) => /^\s*\[ \]/.test(line)).length;
