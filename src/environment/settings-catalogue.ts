import { anyMapping, choice, count, flag, optional, text, texts, type SettingValue } from './settings/kinds.ts';
import {
  batch,
  environmentVariables,
  folderName,
  hostPath,
  insideRelease,
  maintenanceWindow,
  oneLine,
  searchDirectory,
  userName,
  webAddress,
} from './settings/special-kinds.ts';

const group = 'fabwright';
const packaged = 'packaged fabfile';
const commcare = 'CommCare';
/** Stands in `deploy_env`'s default for the name that meta.yml or the folder gives. */
export const folderMark = '<folder>';
/** Stands in `root`'s default for the setting `deploy_env`. */
export const deployEnvMark = '<deploy_env>';

/**
 * Every setting: kind, default, meaning and who reads it. The type `Settings` and the checks of
 * `docs/settings.md` come from this table.
 */
export const catalogue = {
  code_repo: text({ group, check: oneLine, description: 'Where the code is cloned from.' }),
  default_branch: text({
    group,
    check: oneLine,
    default: 'master',
    description: 'The branch that is deployed unless another one is asked for.',
  }),
  code_delivery: choice({
    group,
    of: ['push', 'pull'],
    default: 'push',
    description: 'push: we send git objects over the connection; pull: each host fetches.',
  }),
  fabfile: text({
    group,
    description: 'The fabfile of this environment, relative to its folder or to where fab is run; `packaged` is ours.',
  }),
  home: text({
    group,
    check: hostPath,
    description: 'What `~` in `root` stands for, instead of the home that the hosts say.',
  }),
  root: text({
    group,
    check: hostPath,
    default: `~/www/${deployEnvMark}`,
    description: 'Where releases live on the hosts. `~` is the home of `sudo_user`, else of the login.',
  }),
  deploy_env: text({
    group,
    check: folderName,
    default: folderMark,
    description:
      "The name under which the hosts know this environment; by default what meta.yml says, else the folder's name.",
  }),
  sudo_user: text({
    group,
    check: userName,
    description: 'The user that every command, file and lock belongs to, by `sudo -n`.',
  }),
  path: texts({
    group,
    check: searchDirectory,
    separator: ':',
    kind: 'list of directories, or one text with colons',
    description: 'Directories put before PATH for every command.',
  }),
  env: environmentVariables({ group, description: 'Variables set for every command.' }),
  keep_releases: count({
    group,
    default: 5,
    least: 1,
    most: 1000,
    description: 'How many successful releases cleaning leaves on a host.',
  }),
  shared_paths: texts({
    group,
    check: insideRelease,
    kind: 'list of relative paths',
    description: 'Files and folders that outlive releases; linked into each from shared/.',
  }),
  carry_paths: texts({
    group,
    check: insideRelease,
    kind: 'list of relative paths',
    description: 'Copied from the live release before building: node_modules, caches.',
  }),
  acceptable_maintenance_window: maintenanceWindow({
    group,
    description: 'Outside of it a deploy asks first. May pass midnight.',
  }),
  on_failure: choice({
    group,
    of: ['stop', 'rollback'],
    default: 'stop',
    description: 'What happens when a step after publishing fails.',
  }),
  keepalive: count({
    group,
    default: 3,
    least: 1,
    most: 3600,
    description: 'Seconds between the signs of life on a connection.',
  }),
  lease: count({
    group,
    default: 15,
    least: 2,
    most: 3600,
    description: 'Seconds after which a run that went silent has lost its lock.',
  }),
  forks: count({ group, default: 30, least: 1, most: 1000, description: 'How many hosts are connected to at a time.' }),

  build: texts({
    group: packaged,
    kind: 'list of shell lines',
    description: 'Run in the new release on every host, before publishing.',
  }),
  before_publish: texts({
    group: packaged,
    kind: 'list of shell lines',
    description: 'Run once, on the first host, when every host has built: migrations.',
  }),
  restart: texts({ group: packaged, kind: 'list of shell lines', description: 'Run on every host after publishing.' }),
  restart_as: text({ group: packaged, check: userName, description: 'The user that `restart` runs as.' }),
  health_url: text({
    group: packaged,
    check: webAddress,
    kind: 'http or https address',
    description: 'Asked on each host after its restart; the deploy goes on when it answers.',
  }),
  health_within: count({
    group: packaged,
    default: 30,
    least: 1,
    most: 3600,
    description: 'Seconds that `health_url` is asked for before the restart counts as failed.',
  }),
  batch: batch({ group: packaged, default: '25%', description: 'How many hosts restart at a time.' }),
  health_timeout: count({
    group: commcare,
    default: 60,
    least: 1,
    most: 3600,
    description: 'Seconds that a web worker gets to be well after its restart.',
  }),
  soak: count({
    group: commcare,
    default: 0,
    least: 0,
    most: 86_400,
    description: 'Seconds that all web workers are watched after the last one has restarted.',
  }),
  roles: texts({
    group: packaged,
    description: 'The inventory groups that get the code; every host with a group when empty.',
  }),

  project: text({
    group: commcare,
    default: 'commcare-hq',
    description: "The first part of the names of supervisor's programs.",
  }),
  celery_queues: optional(
    texts({
      group: commcare,
      check: oneLine,
      description:
        "The application's queues; each needs a worker, unless `?` ends its name. `[]`: not checked. By default CommCare HQ's.",
    }),
  ),
  timing_log: text({ group: commcare, description: 'A file that gets a line with the seconds of each step.' }),
  ignore_kafka_checkpoint_warning: flag({
    group: commcare,
    default: false,
    description: 'Print what is wrong with Kafka checkpoints, but go on.',
  }),
  email_enabled: flag({
    group: commcare,
    default: true,
    description: 'Mail administrators when a deploy starts, fails and ends.',
  }),
  tag_deploy_commits: flag({
    group: commcare,
    default: false,
    description: 'Tag deployed commits in the code repository.',
  }),
  use_shared_dir_for_staticfiles: flag({
    group: commcare,
    default: false,
    description: 'Share static files between hosts through `shared_dir_for_staticfiles`.',
  }),
  shared_dir_for_staticfiles: text({
    group: commcare,
    check: hostPath,
    description: 'The directory that hosts share static files through.',
  }),
  deploy_event_url: text({
    group: commcare,
    check: webAddress,
    kind: 'http or https address',
    description: 'Gets an event for each deploy.',
  }),
  generate_deploy_diffs: flag({
    group: commcare,
    default: true,
    description: 'List the commits that a deploy would ship, before it asks.',
  }),
  custom_deploy_details: anyMapping({ group: commcare, description: 'Added to the record of a deploy, as it is.' }),
  py3_include_venv: flag({ group: commcare, default: false, description: 'Of the time between two Pythons.' }),
  py3_run_deploy: flag({ group: commcare, default: false, description: 'Of the time between two Pythons.' }),
} as const;

export type SettingKey = keyof typeof catalogue;
/** The settings of an environment, every one resolved; `undefined` where none is given and none is default. */
export type Settings = { readonly [Key in SettingKey]: SettingValue<(typeof catalogue)[Key]> };

/** Read without complaint, but nothing uses them any more. */
export const obsoleteKeys: readonly SettingKey[] = ['py3_include_venv', 'py3_run_deploy'];

export const settingKeys = Object.keys(catalogue) as readonly SettingKey[];
