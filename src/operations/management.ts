import { choice, list, sh, words, type Command, type Param, type Session } from '../api.ts';

/**
 * The management commands that tasks run, and what they are where the settings say nothing:
 * `commcare` for CommCare HQ, `django` for any Django project, which has none of the others.
 */
const defaults = {
  preindex_command: { commcare: ['preindex_everything 8'], django: [] },
  preindex_check_command: { commcare: ['preindex_everything --check'], django: [] },
  finish_preindex_command: { commcare: ['sync_finish_couchdb_hq'], django: [] },
  kafka_checkpoint_command: { commcare: ['validate_kafka_pillow_checkpoints'], django: [] },
  kafka_topics_command: { commcare: ['create_kafka_topics'], django: [] },
  es_aliases_command: { commcare: ['ptop_es_manage --flip_all_aliases'], django: [] },
  migrations_check_command: { commcare: ['showmigrations'], django: ['showmigrations'] },
  migrate_command: { commcare: ['migrate_multi --noinput'], django: ['migrate --noinput'] },
  system_check_commands: {
    commcare: ['check --deploy', 'check --deploy -t database'],
    django: ['check --deploy'],
  },
  version_static_command: { commcare: ['resource_static'], django: [] },
  collectstatic_commands: {
    commcare: ['collectstatic --noinput -v 0', 'fix_less_imports_collectstatic', 'compilejsi18n', 'build_requirejs'],
    django: ['collectstatic --noinput -v 0'],
  },
  compress_commands: { commcare: ['compress --force -v 0', 'purge_compressed_files'], django: [] },
  translation_commands: { commcare: ['update_django_locales', 'compilemessages -v 0'], django: [] },
  deploy_in_progress_command: { commcare: ['deploy_in_progress'], django: [] },
  stale_celery_command: { commcare: ['kill_stale_celery_workers'], django: [] },
  record_deploy_command: { commcare: ['record_deploy_success'], django: [] },
  mail_command: { commcare: ['mail_admins'], django: [] },
} as const;

export type ManagementKey = keyof typeof defaults;
/** Which application the defaults are for. */
export type AppKind = 'commcare' | 'django';

type Given = readonly string[] | undefined;
type ManagementSettings<Key extends ManagementKey> = { readonly app: Param<AppKind> } & {
  readonly [Name in Key]: Param<Given>;
};

/** The settings of an operation that runs these management commands. */
export const managementSettings = <const Key extends ManagementKey>(...keys: readonly Key[]): ManagementSettings<Key> =>
  ({
    app: choice(['commcare', 'django'], {
      description: 'whose management commands are meant where the settings name none',
      default: 'commcare',
    }),
    ...Object.fromEntries(keys.map((key) => [key, lines(`words after manage.py; [] leaves this out`)])),
  }) as ManagementSettings<Key>;

/** A list that may be left to its default, which an empty list is not. */
const lines = (description: string): Param<Given> => {
  const one = list({ description });
  return { kind: one.kind, description, read: (value) => one.read(value) };
};

/** The command lines of one setting; none when it is `[]`, empty text or `none`. */
export const linesOf = <Key extends ManagementKey>(
  settings: { readonly app: AppKind } & { readonly [Name in Key]: Given },
  key: Key,
): readonly string[] =>
  (settings[key] ?? defaults[key][settings.app]).filter((line) => !['', 'none'].includes(line.trim()));

/** `manage.py` with these words, under the release's own Python; to be run in the release. */
export const manageCommand = (line: string, more: readonly string[] = []): Command =>
  sh`python_env/bin/python manage.py ${[...words(line), ...more]}`;

/** Runs management commands one after the other in a release. */
export const manageAll = async (host: Session, path: string, commands: readonly string[]): Promise<void> => {
  for (const line of commands) await host.in(path).run(manageCommand(line));
};
