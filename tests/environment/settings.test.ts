import { describe, expect, test } from '@jest/globals';
import { fabfileSetting } from '../../src/environment/environment.ts';
import { folderOf, noticesOf, problemsOf, prodOf, read } from './folder.ts';

const settingsOf = async (yaml: string) => (await read(prodOf({ 'fab-settings.yml': yaml }))).settings;
const complaints = (yaml: string) => problemsOf(prodOf({ 'fab-settings.yml': yaml }));

test('every setting has its default without a file', async () => {
  const { settings, origins } = await read(prodOf({}));
  expect(settings).toMatchObject({
    default_branch: 'master',
    code_delivery: 'push',
    keep_releases: 5,
    forks: 30,
    keepalive: 3,
    lease: 15,
    on_failure: 'stop',
    deploy_env: 'prod',
    root: '~/www/prod',
    shared_paths: [],
    env: {},
    sudo_user: undefined,
    acceptable_maintenance_window: undefined,
  });
  expect(new Set(Object.values(origins))).toEqual(new Set(['default']));
});

test('--set is stronger than the variable, the variable than the file, the file than the default', async () => {
  const yaml = 'forks: 1\nkeepalive: 1\nkeep_releases: 1\n';
  const { settings, origins } = await read(prodOf({ 'fab-settings.yml': yaml }), {
    variables: { FAB_FORKS: '2', FAB_KEEPALIVE: '2', FAB_DEFAULT_BRANCH: '' },
    set: [['forks', '3']],
  });
  expect(settings).toMatchObject({ forks: 3, keepalive: 2, keep_releases: 1, default_branch: 'master' });
  expect(origins).toMatchObject({
    forks: 'set',
    keepalive: 'variable',
    keep_releases: 'file',
    default_branch: 'default',
  });
});

test('values of --set and of variables are YAML', async () => {
  const { settings } = await read(prodOf({}), {
    set: [
      ['build', '[npm ci, npm run build]'],
      ['default_branch', '1e3'],
      ['acceptable_maintenance_window', '{hour_start: 22, hour_end: 2, timezone: US/Eastern}'],
    ],
    variables: { FAB_ENV: '{RAILS_ENV: production, PORT: 080}' },
  });
  expect(settings).toMatchObject({
    build: ['npm ci', 'npm run build'],
    default_branch: '1e3',
    acceptable_maintenance_window: { hour_start: 22, hour_end: 2, timezone: 'US/Eastern' },
    env: { RAILS_ENV: 'production', PORT: '080' },
  });
});

test('null takes a value of the file back to its default', async () => {
  const { settings } = await read(prodOf({ 'fab-settings.yml': 'forks: 7\nsudo_user: app\n' }), {
    set: [
      ['forks', 'null'],
      ['sudo_user', ''],
    ],
  });
  expect(settings).toMatchObject({ forks: 30, sudo_user: undefined });
});

test('one text is a list of one; a path may have colons; yes is true; a batch is a number or a percentage', async () => {
  const settings = await settingsOf(
    'restart: systemctl restart app\npath: /opt/bin:~/bin\nemail_enabled: no\nbatch: 40%\nenv: {A: 1, B: null}\n',
  );
  expect(settings).toMatchObject({
    restart: ['systemctl restart app'],
    path: ['/opt/bin', '~/bin'],
    email_enabled: false,
    batch: '40%',
    env: { A: '1', B: '' },
  });
  expect((await settingsOf('batch: 3\n')).batch).toBe(3);
});

test('the root follows deploy_env: of the settings, of meta.yml, of the folder', async () => {
  const meta = { 'meta.yml': 'deploy_env: from_meta\n' };
  expect((await read(prodOf(meta))).settings).toMatchObject({ deploy_env: 'from_meta', root: '~/www/from_meta' });
  const both = await read(prodOf({ ...meta, 'fab-settings.yml': 'deploy_env: own\n' }));
  expect(both.settings).toMatchObject({ deploy_env: 'own', root: '~/www/own' });
  expect(await problemsOf(prodOf({ 'meta.yml': '\ndeploy_env: ../x\n' }))).toEqual([
    'prod/meta.yml:2: deploy_env must be a plain folder name, not "../x".',
  ]);
});

describe('problems', () => {
  test.each([
    ['forks: many', 'prod/fab-settings.yml:1: forks must be a whole number from 1 to 1000.'],
    ['\n\nkeep_releases: 0', 'prod/fab-settings.yml:3: keep_releases must be from 1 to 1000, not 0.'],
    ['code_delivery: rsync', 'prod/fab-settings.yml:1: code_delivery must be push or pull.'],
    ['email_enabled: maybe', 'prod/fab-settings.yml:1: email_enabled must be true or false.'],
    ['build:\n  - npm ci\n  - {a: b}', 'prod/fab-settings.yml:3: build must be text.'],
    ['build: {a: b}', 'prod/fab-settings.yml:1: build must be a list of text.'],
    ['batch: 120%', 'prod/fab-settings.yml:1: batch must be at most 100%, not 120%.'],
    ['batch: 0', 'prod/fab-settings.yml:1: batch must be a number of hosts from 1, or a percentage such as 25%.'],
    [
      'health_url: localhost/x',
      'prod/fab-settings.yml:1: health_url must be an http or https address, not "localhost/x".',
    ],
    ['env:\n  A B: 1', 'prod/fab-settings.yml:2: env has the variable "A B", whose name no shell takes.'],
    ['root: www', 'prod/fab-settings.yml:1: root must start with / or ~, not "www".'],
    ['root: ""', 'prod/fab-settings.yml:1: root must not be empty.'],
    ['just text', 'prod/fab-settings.yml:1: The settings must be a mapping, one "key: value" per line.'],
    ['forks: 1\nforks: 2', 'prod/fab-settings.yml:2: The key is given twice.'],
  ])('%j', async (yaml, said) => {
    expect(await complaints(yaml)).toEqual([said]);
  });

  test('broken YAML has its line', async () => {
    expect(await complaints('forks: 1\nbuild: [a\nhome: "x\n')).toEqual(
      expect.arrayContaining([expect.stringMatching(/^prod\/fab-settings\.yml:[2-4]: No valid YAML: /)]),
    );
  });

  test.each(['/etc', '../x', 'a/../b', './a', 'a//b', '.fab', '.fab/x', '""'])(
    'shared_paths refuses %s',
    async (path) => {
      expect(await complaints(`shared_paths:\n  - log\n  - ${path}`)).toEqual([
        expect.stringMatching(/^prod\/fab-settings\.yml:3: shared_paths /),
      ]);
    },
  );

  test('a maintenance window names each part that is wrong', async () => {
    expect(
      await complaints('acceptable_maintenance_window:\n  hour_start: 2\n  hour_end: 25\n  timezone: US/Easter\n'),
    ).toEqual([
      'prod/fab-settings.yml:3: acceptable_maintenance_window: hour_end must be from 0 to 24, not 25.',
      'prod/fab-settings.yml:4: acceptable_maintenance_window: timezone is "US/Easter", which is no time zone.\n     Write a name such as US/Eastern, Europe/Berlin or UTC.',
    ]);
    expect(await complaints('acceptable_maintenance_window: {hour_start: 2}')).toHaveLength(2);
    expect(await complaints('acceptable_maintenance_window: {hour_start: 2, hour_end: 2, timezone: UTC}')).toHaveLength(
      1,
    );
    expect(
      await complaints('acceptable_maintenance_window: {hour_start: 2, hour_end: 3, timezone: UTC, days: 3}'),
    ).toHaveLength(1);
  });

  test('--set and variables are named as they were written', async () => {
    const said = await problemsOf(prodOf({}), {
      set: [
        ['fork', '3'],
        ['keepalive', 'x'],
        ['build', '[a'],
        ['forks', '1'],
        ['forks', '2'],
      ],
      variables: { FAB_BATCH: 'all' },
    });
    expect(said).toEqual([
      '--set fork: there is no such setting.\n     Did you mean forks?',
      expect.stringMatching(/^--set build: No valid YAML: /),
      '--set forks is given twice.',
      '--set keepalive must be a whole number from 1 to 3600.',
      'FAB_BATCH must be a number of hosts from 1, or a percentage such as 25%.',
    ]);
  });

  test('all problems of an environment come at once', async () => {
    const said = await problemsOf(
      prodOf({
        'inventory.ini': '[web]\nweb1 x\n',
        'fab-settings.yml': 'forks: 0\n',
        'meta.yml': '- a\n',
        'public.yml': 'a: b: c\n',
      }),
    );
    expect(said.map((each) => each.split(':')[0])).toEqual([
      'prod/inventory.ini',
      'prod/meta.yml',
      'prod/public.yml',
      'prod/fab-settings.yml',
    ]);
  });
});

test('a key that is not known is a notice with the nearest one, not a problem', async () => {
  expect(
    await noticesOf(prodOf({ 'fab-settings.yml': 'forks: 2\nkeep_relases: 3\nxyzzy: 1\npy3_run_deploy: true\n' })),
  ).toEqual([
    'prod/fab-settings.yml:2: the setting keep_relases is not known and not used. Did you mean keep_releases?',
    'prod/fab-settings.yml:3: the setting xyzzy is not known and not used.',
    'prod/fab-settings.yml:4: py3_run_deploy no longer does anything.',
  ]);
});

test('extra settings are known, and handed on as YAML reads them', async () => {
  const folder = prodOf({ 'fab-settings.yml': 'formplayer_memory: 3584m\nworkers: [1, 2]\n' });
  const environment = await read(folder, {
    extraSettings: ['formplayer_memory', 'workers', 'absent'],
    set: [['workers', '{a: 1}']],
  });
  expect(environment.extraSettings).toEqual({ formplayer_memory: '3584m', workers: { a: 1 } });
  expect(environment.origins).toMatchObject({ formplayer_memory: 'file', workers: 'set', absent: 'default' });
  expect(environment.notices).toEqual([]);
});

test("commcare-cloud's own settings are read without a word", async () => {
  const yaml = [
    'sudo_user: cchq',
    'default_branch: autostaging',
    'home: /home/cchq',
    'project: commcare-hq',
    'code_repo: https://github.com/dimagi/commcare-hq.git',
    'timing_log: null',
    'keepalive: 60',
    'ignore_kafka_checkpoint_warning: true',
    'acceptable_maintenance_window: null',
    'email_enabled: yes',
    'tag_deploy_commits: True',
    'use_shared_dir_for_staticfiles: false',
    'shared_dir_for_staticfiles: null',
    'deploy_event_url: null',
    'generate_deploy_diffs: false',
    'custom_deploy_details: {a: 1}',
  ];
  const { settings, notices } = await read(prodOf({ 'fab-settings.yml': yaml.join('\n') }));
  expect(notices).toEqual([]);
  expect(settings).toMatchObject({
    keepalive: 60,
    tag_deploy_commits: true,
    email_enabled: true,
    custom_deploy_details: { a: 1 },
  });
});

test('the fabfile setting can be asked for alone', async () => {
  const directory = folderOf({
    'prod/inventory.ini': 'a\n',
    'prod/fab-settings.yml': 'fabfile: deploy/fab.ts\nunknown: 1\n',
  });
  expect(await fabfileSetting({ directory, name: 'prod', set: [['theirs', '1']] })).toBe('deploy/fab.ts');
  expect(await fabfileSetting({ directory, name: 'prod', set: [['fabfile', 'x.ts']] })).toBe('x.ts');
});
