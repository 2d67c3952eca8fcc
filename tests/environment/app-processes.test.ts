import { describe, expect, test } from '@jest/globals';
import { noticesOf, problemsOf, prodOf, read } from './folder.ts';

const inventory = '[celery]\nc1\nc2\n[pillowtop]\np1\n[one]\nc1\n[web]\nw1\nw2\n';

/** An environment of another application, whose queues nobody checks unless its settings list them. */
const withProcesses = (yaml: string, settings = 'project: shop\n') =>
  prodOf({ 'inventory.ini': inventory, 'app-processes.yml': yaml, 'fab-settings.yml': settings });

/** Without their hints. */
const sentencesOf = async (directory: string): Promise<readonly string[]> =>
  (await problemsOf(directory)).map((each) => each.split('\n')[0] ?? '');

test('app-processes.yml becomes tables of what runs where', async () => {
  const { processes } = await read(
    withProcesses(`
django_port: 9010
celery_processes:
  one:
    "celery,email_queue": {concurrency: 4}
    beat: {}
  c2:
    ucr: {pooling: gevent, num_workers: 2, max_tasks_per_child: 5}
  None:
    flower: {}
pillows:
  p1:
    KafkaPillow: {num_processes: 3, start_process: 1, total_processes: 8}
management_commands:
  c1,c2: {queue_schedule_instances: {}}
`),
  );
  expect(processes).toEqual({
    celery: [
      {
        host: 'c1',
        queues: ['celery', 'email_queue'],
        concurrency: 4,
        workers: 1,
        pooling: 'prefork',
        options: { concurrency: 4 },
      },
      { host: 'c1', queues: ['beat'], concurrency: 1, workers: 1, pooling: 'prefork', options: {} },
      {
        host: 'c2',
        queues: ['ucr'],
        concurrency: 1,
        workers: 2,
        pooling: 'gevent',
        options: { pooling: 'gevent', num_workers: 2, max_tasks_per_child: 5 },
      },
    ],
    pillows: [
      {
        host: 'p1',
        pillow: 'KafkaPillow',
        processes: 3,
        start: 1,
        total: 8,
        options: { num_processes: 3, start_process: 1, total_processes: 8 },
      },
    ],
    commands: [
      { host: 'c1', command: 'queue_schedule_instances' },
      { host: 'c2', command: 'queue_schedule_instances' },
    ],
    other: { django_port: 9010 },
  });
});

test('its problems have lines', async () => {
  expect(
    await sentencesOf(
      withProcesses(`celery_processes:
  c9: {celery: {}}
  web: {celery: {}}
  c1:
    "flower,x": {}
    ucr: {concurrency: none}
  c2:
    email:
      pooling: threads
pillows:
  p1:
    K:
      num_processes: 3
      total_processes: 2
management_commands:
  c3: {run_submission_reprocessing_queue: {}}
  c1: {run this: {}}
`),
    ),
  ).toEqual([
    'prod/app-processes.yml:2: celery_processes: c9 is no host of the inventory and no group of one.',
    'prod/app-processes.yml:3: celery_processes: the group web has 2 hosts; here it must have one.',
    'prod/app-processes.yml:16: management_commands: c3 is no host of the inventory and no group of one.',
    'prod/app-processes.yml:5: flower cannot share a worker with other queues.',
    'prod/app-processes.yml:6: concurrency must be a whole number from 1 to 100000.',
    'prod/app-processes.yml:9: pooling of email must be prefork or gevent.',
    'prod/app-processes.yml:12: K counts to 3 processes, more than its total_processes of 2.',
    'prod/app-processes.yml:17: management_commands: «run this» is no name of a command.',
  ]);
});

test('a celery host that it does not mention is a problem', async () => {
  expect((await problemsOf(withProcesses('celery_processes:\n  c1: {celery: {}}\n')))[0]).toContain(
    'celery_processes says nothing about c2, which is in the group celery.',
  );
});

describe('what may run only once', () => {
  const claims = (c1: string, c2: string) =>
    sentencesOf(withProcesses(`celery_processes:\n  c1: {${c1}}\n  c2: {${c2}}\n`));

  test.each(['beat', 'flower', 'celery_periodic'])('%s, on one host', async (name) => {
    expect(await claims(`${name}: {}`, `${name}: {}`)).toEqual([
      `prod/app-processes.yml:3: ${name} may run only once in an environment, and c1 and c2 claim it.`,
    ]);
    expect(await sentencesOf(withProcesses(`celery_processes:\n  "c1,c2": {${name}: {}}\n`))).toEqual([
      `prod/app-processes.yml:2: ${name} may run only once in an environment, and c1 and c2 claim it.`,
    ]);
  });

  test('also inside a worker of several queues, and with one worker', async () => {
    expect(await claims('"celery_periodic,email": {}, celery_periodic: {}', 'celery: {}')).toEqual([
      'prod/app-processes.yml:2: celery_periodic may run only once in an environment, and c1 claims it twice.',
    ]);
    expect(await claims('celery_periodic: {num_workers: 2}', 'celery: {}')).toEqual([
      'prod/app-processes.yml:2: celery_periodic may have one worker, not 2.',
    ]);
  });

  test('where commcare-cloud was told which server, it is the one that the table says', async () => {
    expect(await claims('celery_periodic: {server_whitelist: c2}', 'celery: {}')).toEqual([
      'prod/app-processes.yml:2: server_whitelist of celery_periodic must be c1, where it runs, not c2.',
    ]);
  });
});

describe('queues', () => {
  const served = (queues: string, table: string) =>
    problemsOf(withProcesses(`celery_processes:\n  c1: {${table}}\n  c2: {}\n`, `celery_queues: ${queues}\n`));

  test('one that no task is sent to, and one that nobody serves', async () => {
    expect(await served('[celery, email_queue, rare?]', 'celery: {}, emial_queue: {}, beat: {}')).toEqual([
      'prod/app-processes.yml:2: emial_queue is no queue of the application.\n     Did you mean email_queue? The setting celery_queues lists the queues of an application.',
      'prod/app-processes.yml:1: Nobody serves email_queue: tasks sent there would wait for ever.\n     Add it to a worker, or to "None" if nothing is ever sent there. The setting celery_queues lists the queues of an application.',
    ]);
  });

  test('to `None` they are given on purpose', async () => {
    const table = 'celery_processes:\n  c1: {celery: {}}\n  c2: {}\n  None: {email: {}}\n';
    const { processes } = await read(withProcesses(table, 'celery_queues: [celery, email]\n'));
    expect(processes?.celery.map(({ queues }) => queues)).toEqual([['celery']]);
  });

  test('are CommCare HQ’s where nothing else is said', async () => {
    const table = 'celery_processes:\n  c1: {celery: {}, ucr_indicator_queue: {}, shop: {}}\n  c2: {}\n';
    const [unknown, idle] = await sentencesOf(withProcesses(table, ''));
    expect(unknown).toBe('prod/app-processes.yml:2: shop is no queue of the application.');
    expect(idle).toMatch(/^prod\/app-processes.yml:1: Nobody serves analytics_queue, .*, ucr_queue: tasks/);
    for (const settings of ['app: django\n', 'celery_queues: []\n', 'project: shop\n'])
      await read(withProcesses(table, settings), { extraSettings: ['app'] });
  });
});

test('ports, factors and memory must make sense', async () => {
  expect(
    await sentencesOf(
      withProcesses(
        'django_port: 90100\ngunicorn_workers_factor: two\nformplayer_memory: lots\nhttp_proxy: http://proxy:3128\nservice_blacklist: django\n',
      ),
    ),
  ).toEqual([
    'prod/app-processes.yml:1: django_port must be from 1 to 65535, not 90100.',
    'prod/app-processes.yml:2: gunicorn_workers_factor must be a number from 0 to 9999.',
    'prod/app-processes.yml:3: formplayer_memory must be memory as java writes it, such as 3584m, not "lots".',
    'prod/app-processes.yml:4: http_proxy must be host:port, not "http://proxy:3128".',
    'prod/app-processes.yml:5: service_blacklist must be a list of names.',
  ]);
  expect(await sentencesOf(withProcesses('gunicorn_workers_factor: 0\n'))).toEqual([
    'prod/app-processes.yml:1: gunicorn_workers_factor is 0, and so is gunicorn_workers_static_factor: no web worker would run.',
  ]);
  await read(withProcesses('gunicorn_workers_factor: 0\ngunicorn_workers_static_factor: 3\nhttp_proxy: null\n'));
});

test('a key that looks misspelt is told; others are for those who read them', async () => {
  expect(await noticesOf(withProcesses('celery_proceses: {}\nnobody_else_knows_this: 1\n'))).toEqual([
    'prod/app-processes.yml:1: nobody knows the key celery_proceses; did you mean celery_processes? It is not used.',
  ]);
});

test('what would be left out in silence is told', async () => {
  expect(
    await noticesOf(
      withProcesses(`newrelic_djangoagent: true
newrelic_javaagent: false
webworkers: {}
celery_processes:
  c1: {celery: {num_worker: 2, concurrency: 3}}
  c2: {}
pillows:
  p1: {case-pillow: {surprise: 1, process: {0: {gevent_workers: 2, gevent_worker: 2}}}}
management_commands:
  c1: {queue_schedule_instances: {every: 5}}
  w1: {queue_schedule_instances: {}}
`),
    ),
  ).toEqual([
    'prod/app-processes.yml:1: newrelic_djangoagent is not used: agents stand in the command lines of fab-settings.yml, or in django_command_prefix.',
    'prod/app-processes.yml:5: nobody knows the option num_worker of celery; did you mean num_workers? It is not used.',
    'prod/app-processes.yml:8: nobody knows the option surprise of case-pillow. It is not used.',
    'prod/app-processes.yml:8: nobody knows the option gevent_worker of case-pillow; did you mean gevent_workers? It is not used.',
    'prod/app-processes.yml:10: nobody knows the option every of queue_schedule_instances. It is not used.',
    'prod/app-processes.yml: management_commands of w1 do not run: it is in none of webworkers, celery, pillowtop.',
  ]);
});
