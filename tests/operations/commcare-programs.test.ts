import { expect, test } from '@jest/globals';
import { noProcesses, role, type Processes } from '../../src/api.ts';
import { commcarePrograms, filled } from '../../src/operations/commcare-programs.ts';
import type { TemplateView } from '../../src/operations/supervisor.ts';

const roles = {
  web: role('webworkers'),
  celery: role('celery'),
  pillowtop: role('pillowtop'),
  formplayer: role('formplayer'),
};
const templates = commcarePrograms(roles);

const programs = (file: string, processes: Partial<Processes> = {}, given: Readonly<Record<string, string>> = {}) => {
  const template = templates.find((each) => each.file === file)!;
  const host = { name: 'w1', address: '10.0.0.1', connection: 'ssh', groups: [], vars: {} } as const;
  const view: TemplateView = {
    host,
    inventory: { hosts: [host], groups: {} },
    processes: { ...noProcesses, ...processes },
    names: { project: 'commcare-hq', deploy_env: 'prod', formplayer_program: undefined, own_programs: [] },
    root: '/www',
    current: '/www/current',
    log: '/www/log',
    user: 'cchq',
    cpus: 4,
    commands: { ...template.commands, ...given },
  };
  return template.programs(view);
};

const worker = { host: 'w1', concurrency: 2, pooling: 'gevent', workers: 1, options: {} } as const;

test('web workers: as many as the processors and factors say', () => {
  const other = { gunicorn_workers_factor: 2, gunicorn_workers_static_factor: 1, django_port: 9000 };
  const [web] = programs('django.conf', { other }, { web_command: '{python} serve {bind}:{port} -w {workers}' });
  expect(web).toMatchObject({
    name: 'commcare-hq-prod-django',
    command: '/usr/bin/env python_env/bin/python serve 0.0.0.0:9000 -w 9',
    directory: '/www/current',
    user: 'cchq',
    log: '/www/log/django.log',
    // Longer than gunicorn gives its requests; TERM is for the master.
    stopSeconds: 45,
    asGroup: 'at last',
  });
});

test('celery: a program for each worker of each set of queues, beat with the periodic one, flower alone', () => {
  const celery = [
    { ...worker, queues: ['email', 'sms'], workers: 2, options: { max_tasks_per_child: 5, optimize: true } },
    { ...worker, queues: ['celery_periodic'] },
    { ...worker, queues: ['flower'] },
    { ...worker, host: 'w2', queues: ['elsewhere'] },
  ];
  const found = programs('celery.conf', { celery }, { celery_command: 'work {queues} {concurrency} {pool}' });
  const inner = (command: string): string => command.replace(/^\/bin\/sh -c '.*' (?=\/www\/log)/, 'waiting ');
  expect(found.map(({ name, command }) => `${name.replace('commcare-hq-prod-', '')}: ${inner(command)}`)).toEqual([
    'celery_email_sms_0: waiting /www/log/celery_email_sms_0.log work email,sms 2 gevent --max-tasks-per-child=5 -Ofair',
    'celery_email_sms_1: waiting /www/log/celery_email_sms_1.log work email,sms 2 gevent --max-tasks-per-child=5 -Ofair',
    'celery_celery_periodic_0: waiting /www/log/celery_celery_periodic_0.log work celery_periodic 2 gevent',
    'celerybeat: /usr/bin/env python_env/bin/python -m celery -A corehq beat --loglevel=INFO',
    'celery_flower: /usr/bin/env python_env/bin/python -m celery -A corehq flower --port=5555',
  ]);
  expect(found[0]).toMatchObject({ asGroup: false, log: '/www/log/celery_email_sms_0-start.log' });
});

test('celery: one scheduler in an environment, also where beat has a line of its own', () => {
  const celery = [
    { ...worker, queues: ['celery_periodic'] },
    { ...worker, host: 'w2', queues: ['beat'] },
  ];
  expect(programs('celery.conf', { celery }).map(({ name }) => name.replace('commcare-hq-prod-', ''))).toEqual([
    'celery_celery_periodic_0',
  ]);
});

test('pillows: numbered from where this host begins, out of all there are', () => {
  const pillows = [{ host: 'w1', pillow: 'case', processes: 2, start: 3, total: 8, options: {} }];
  const found = programs('pillowtop.conf', { pillows }, { pillow_command: 'ptop {pillow} {n} of {total}' });
  expect(found.map(({ name, command }) => `${name}: ${command}`)).toEqual([
    'commcare-hq-prod-pillowtop-case-3: ptop case 3 of 8',
    'commcare-hq-prod-pillowtop-case-4: ptop case 4 of 8',
  ]);
});

test('pillows: their options become words, and what is said of one process is for it alone', () => {
  const options = {
    ...{ dedicated_migration_process: true, processor_chunk_size: 50, exclude_ucrs: ['a', 'b'], gevent_workers: 4 },
    ...{ env_vars: { DD_SERVICE: 'ptop', EMPTY: '', OFF: null }, process: { 4: { processor_chunk_size: 1 } } },
  };
  const pillows = [{ host: 'w1', pillow: 'ucr', processes: 3, start: 3, total: 8, options }];
  const found = programs('pillowtop.conf', { pillows }, { pillow_command: 'ptop {n}' });
  expect(found.map(({ command }) => command)).toEqual([
    'ptop 3 --dedicated-migration-process --processor-chunk-size=50 --exclude-ucrs=a,b --gevent-workers=4',
    'ptop 4 --dedicated-migration-process --processor-chunk-size=1 --exclude-ucrs=a,b --gevent-workers=4',
    'ptop 5 --dedicated-migration-process --processor-chunk-size=50 --exclude-ucrs=a,b --gevent-workers=4',
  ]);
  expect(found[0]?.environment).toEqual({ DD_SERVICE: 'ptop' });
  const text = programs('pillowtop.conf', { pillows: [{ ...pillows[0]!, options: { exclude_ucrs: 'a,b' } }] });
  expect(text[0]?.command).toMatch(/ --exclude-ucrs=a,b$/);
  const first = programs('pillowtop.conf', { pillows: [{ ...pillows[0]!, start: 0, processes: 1 }] });
  expect(first[0]?.command).not.toContain('--gevent-workers');
});

test('management commands run as programs, each on the hosts that are named', () => {
  const commands = [
    { host: 'w1', command: 'queue_schedule_instances' },
    { host: 'w2', command: 'handle_survey_actions' },
  ];
  expect(programs('management_commands.conf', { commands })).toMatchObject([
    {
      name: 'commcare-hq-prod-queue_schedule_instances',
      command: '/usr/bin/env python_env/bin/python manage.py queue_schedule_instances',
      startSeconds: 0,
    },
  ]);
});

test('figures, prefixes and agents of app-processes.yml stand on the command lines', () => {
  const other = {
    ...{ gunicorn_max_requests: '240', django_command_prefix: 'ddtrace-run', celery_command_prefix: 'nice -n 5 ' },
    ...{ flower_max_tasks: 1000, formplayer_command_args: '-javaagent:/dd.jar', formplayer_maxmetaspacesize: '256m' },
  };
  const celery = [
    { ...worker, queues: ['flower'] },
    { ...worker, queues: ['email'], options: { env_vars: { A: 1 } } },
  ];
  const given = {
    web_command: 'serve{max_requests}',
    celery_command: 'work',
    celery_flower_command: 'flower{max_tasks}',
  };
  expect(programs('django.conf', { other }, given)[0]?.command).toBe('ddtrace-run serve --max-requests=240');
  const [flower, email] = programs('celery.conf', { celery, other }, given);
  expect(flower?.command).toBe('flower --max-tasks=1000');
  expect(email?.command).toMatch(/ \/www\/log\/celery_email_0\.log nice -n 5 work$/);
  expect(email?.environment).toEqual({ A: '1' });
  expect(programs('formplayer-spring.conf', { other })[0]?.command).toBe(
    'java -javaagent:/dd.jar -XX:MaxMetaspaceSize=256m -Xmx3584m -jar /www/formplayer_build/current/formplayer.jar',
  );
});

test('formplayer runs from its own tree and is started by its own deploy', () => {
  expect(programs('formplayer-spring.conf')).toMatchObject([
    {
      name: 'commcare-hq-prod-formsplayer-spring',
      command: 'java -Xmx3584m -jar /www/formplayer_build/current/formplayer.jar',
      autostart: false,
    },
  ]);
});

test('an empty command line means no program, and proxies spare the fleet', () => {
  expect(programs('django.conf', {}, { web_command: '' })).toEqual([]);
  const [web] = programs('django.conf', { other: { http_proxy: 'proxy:3128' } });
  expect(web?.environment).toEqual({
    http_proxy: 'http://proxy:3128',
    https_proxy: 'http://proxy:3128',
    no_proxy: 'localhost,127.0.0.1,w1,10.0.0.1',
  });
});

test('an unknown place in a command line is refused', () => {
  expect(filled('run {port} {port}', { port: 1 })).toBe('run 1 1');
  expect(() => filled('run {prot}', { port: 1 })).toThrow('«run {prot}» has {prot}; it may have {port}.');
});
