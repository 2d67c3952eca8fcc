import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { initFiles, initProblems, initQuestions, initShape, type InitAnswers } from '../../src/cli/init.ts';
import { problemText } from '../../src/model/problem.ts';

const answers: InitAnswers = {
  name: 'production',
  hosts: 'deploy@web1.example.org:2222, web2.example.org',
  code_repo: 'git@example.org:team/app.git',
  build: 'npm ci && npm run build',
  restart: 'systemctl restart app',
};

const problems = (changed: Partial<InitAnswers>, more: Parameters<typeof initProblems>[1] = {}) =>
  initProblems({ ...answers, ...changed }, more).map(problemText);

const settings = (changed: Partial<InitAnswers>): unknown => parse(initFiles({ ...answers, ...changed })[1].content);

const hostLines = (hosts: string): readonly string[] =>
  (initFiles({ ...answers, hosts })[0].content.split('[app]\n')[1] ?? '').split('\n\n')[0]?.split('\n') ?? [];

test('two files', () => {
  const [inventory, file] = initFiles(answers);
  expect(inventory).toEqual({
    path: 'environments/production/inventory.ini',
    content: `# The hosts of production, in Ansible's format: a line per host, under the groups it belongs to.
# A role of the tasks is a group here; the code goes to every host that is in one.
# Next to the name: ansible_host, ansible_port, ansible_user, ansible_ssh_private_key_file.

[app]
web1.example.org ansible_port=2222 ansible_user=deploy
web2.example.org

# Variables of every host of a group:
# [app:vars]
# ansible_user=deploy
`,
  });
  expect(file.path).toBe('environments/production/fab-settings.yml');
  expect(parse(file.content)).toEqual({
    code_repo: 'git@example.org:team/app.git',
    build: ['npm ci', 'npm run build'],
    restart: ['systemctl restart app'],
  });
});

test('what is commented out reads as YAML once it is not', () => {
  const uncommented = initFiles({ ...answers, build: '', restart: '' })[1]
    .content.split('\n')
    .map((line) => (/^# +(\w+:|- )/.test(line) && !/^# \w+: .* \w+ \w+ \w+/.test(line) ? line.slice(2) : line))
    .join('\n');
  expect(parse(uncommented)).toEqual({
    code_repo: 'git@example.org:team/app.git',
    default_branch: 'master',
    build: ['npm ci'],
    restart: ['systemctl restart app'],
    restart_as: 'root',
    batch: 1,
    health_url: 'http://localhost:8000/health',
    shared_paths: ['.env', 'uploads'],
    keep_releases: 5,
    acceptable_maintenance_window: { hour_start: 6, hour_end: 18, timezone: 'Europe/Berlin' },
  });
});

test('hosts become lines with names of their own', () => {
  expect(hostLines('localhost:2201,localhost:2202')).toEqual([
    'localhost-2201 ansible_host=localhost ansible_port=2201',
    'localhost-2202 ansible_host=localhost ansible_port=2202',
  ]);
  expect(hostLines('root@[2001:db8::1]:22,[::1]')).toEqual([
    '2001-db8--1 ansible_host=2001:db8::1 ansible_port=22 ansible_user=root',
    'host1 ansible_host=::1',
  ]);
});

test.each([
  'a: b',
  'yes',
  '007',
  "it's # here",
  '"',
  '- x',
  '😀',
  '*',
  '{}',
  '~',
  'null',
  '.5',
  './app',
  '1e3',
  '/srv/app',
])('the answer %j is text in the settings', (text) => {
  expect(settings({ code_repo: text, restart: text, build: '' })).toEqual({ code_repo: text, restart: [text] });
});

test('a build line is cut at && only where that is safe', () => {
  expect(settings({ build: 'sh -c "a && b" && c' })).toMatchObject({ build: ['sh -c "a && b" && c'] });
  expect(settings({ build: 'a || b && c' })).toMatchObject({ build: ['a || b && c'] });
  expect(settings({ build: ' a && && b ' })).toMatchObject({ build: ['a', 'b'] });
});

test('good answers have no problems', () => {
  expect(problems({})).toEqual([]);
  expect(problems({ build: '', restart: '', hosts: 'localhost' })).toEqual([]);
});

test.each([
  [{ name: '../x' }, '«../x» cannot name an environment: letters, digits, «-», «_» and «.», a letter or digit first.'],
  [{ name: '_x' }, '«_x» cannot name an environment: letters, digits, «-», «_» and «.», a letter or digit first.'],
  [{ name: 'init' }, 'init is the name of a task or command, so it cannot name an environment.'],
  [{ hosts: ' , ' }, 'An environment needs at least one host.\n     write --hosts HOST,…'],
  [{ hosts: 'web1,a b' }, '«a b» is no host.\n     write HOST, USER@HOST or USER@HOST:PORT'],
  [{ hosts: 'web1:70000' }, '«web1:70000» is no host.\n     write HOST, USER@HOST or USER@HOST:PORT'],
  [{ hosts: 'web1,Web1:22' }, 'Web1:22 is given twice.'],
  [{ code_repo: ' ' }, 'Where the code is was not answered.\n     write --code-repo URL'],
  [{ restart: 'a\nb' }, '--restart must be one line of text.'],
])('%j', (changed, sentence) => {
  expect(problems(changed, { reserved: ['init', 'deploy'] })).toEqual([sentence]);
});

test('nothing is overwritten', () => {
  expect(
    problems({}, { existing: ['envs/production/inventory.ini', 'envs/production/fab-settings.yml'], folder: 'envs' }),
  ).toEqual([
    'envs/production/inventory.ini exists already, and init overwrites nothing.\n     choose another --name',
    'envs/production/fab-settings.yml exists already, and init overwrites nothing.\n     choose another --name',
  ]);
});

test('every question has its flag', () => {
  expect(initQuestions.map(({ flag }) => flag)).toEqual(['--name', '--hosts', '--code-repo', '--build', '--restart']);
  expect(Object.keys(initShape.params)).toEqual(initQuestions.map(({ key }) => key));
});
