import type { CeleryWorker, PillowProcesses, Role } from '../api.ts';
import { lingering, startedMark } from './lingering.ts';
import { celeryWords, numberOf, optionsOfProcess, pillowWords, variablesOf, word, words } from './process-words.ts';
import { formplayerProgram, programName } from './program-names.ts';
import type { Program } from './supervisor-config.ts';
import type { ProgramTemplate, TemplateView } from './supervisor.ts';

export interface CommcareRoles {
  readonly web: Role;
  readonly celery: Role;
  readonly pillowtop: Role;
  readonly formplayer: Role;
}

/** The programs of the CommCare fleet: who runs what follows from roles and app-processes.yml. */
export const commcarePrograms = ({ web, celery, pillowtop, formplayer }: CommcareRoles): readonly ProgramTemplate[] => [
  {
    file: 'django.conf',
    roles: [web],
    commands: {
      web_command:
        '{python} -m gunicorn deployment.gunicorn.commcarehq_wsgi:application -c deployment/gunicorn/gunicorn_conf.py -k gevent --bind {bind}:{port} --preload --workers {workers} --graceful-timeout {graceful}{max_requests}',
    },
    programs: (view) =>
      onlyIf(view, 'web_command', 'django', {
        bind: textIn(view, 'django_bind', '0.0.0.0'),
        port: numberIn(view, 'django_port', 9010),
        workers: Math.max(
          1,
          Math.ceil(
            numberIn(view, 'gunicorn_workers_static_factor', 0) +
              numberIn(view, 'gunicorn_workers_factor', 1) * view.cpus,
          ),
        ),
        graceful: gracefulSeconds(view),
        max_requests: words([word('--max-requests', numberGiven(view, 'gunicorn_max_requests'))]),
      }).map((program) => ({
        ...program,
        command: `${prefixOf(view, 'django_command_prefix')}${program.command}`,
        // TERM is for the master: it lets its workers end their requests, and waits for them.
        asGroup: 'at last' as const,
        stopSeconds: gracefulSeconds(view) + 15,
      })),
  },
  {
    file: 'celery.conf',
    roles: [celery],
    commands: {
      celery_command:
        '{python} -m celery -A corehq worker --queues={queues} --concurrency={concurrency} --pool={pool} --hostname={host}_{name}_{started} --loglevel=INFO',
      celery_beat_command: '{python} -m celery -A corehq beat --loglevel=INFO',
      celery_flower_command: '{python} -m celery -A corehq flower --port={port}{max_tasks}',
    },
    programs: (view) =>
      view.processes.celery.filter(({ host }) => host === view.host.name).flatMap((worker) => celeryOf(view, worker)),
  },
  {
    file: 'pillowtop.conf',
    roles: [pillowtop],
    commands: {
      pillow_command: '{python} manage.py run_ptop --pillow-name {pillow} --num-processes {total} --process-number {n}',
    },
    programs: (view) =>
      view.processes.pillows.filter(({ host }) => host === view.host.name).flatMap((pillow) => pillowOf(view, pillow)),
  },
  {
    file: 'management_commands.conf',
    roles: [web, celery, pillowtop],
    commands: { management_command: '{python} manage.py {command}' },
    programs: (view) =>
      view.processes.commands
        .filter(({ host }) => host === view.host.name)
        .flatMap(({ command }) => onlyIf(view, 'management_command', command, { command }))
        // A command that has nothing to do may end at once, and is asked again.
        .map((program) => ({ ...program, startSeconds: 0, stopSeconds: 10 })),
  },
  {
    file: 'formplayer-spring.conf',
    roles: [formplayer],
    commands: { formplayer_command: 'java{options} -Xmx{memory} -jar {formplayer}/formplayer.jar' },
    programs: (view) =>
      onlyIf(view, 'formplayer_command', '', {
        memory: textIn(view, 'formplayer_memory', '3584m'),
        options: words([
          textIn(view, 'formplayer_command_args', ''),
          given('-XX:G1HeapRegionSize', textIn(view, 'formplayer_g1heapregionsize', '')),
          given('-XX:MaxMetaspaceSize', textIn(view, 'formplayer_maxmetaspacesize', '')),
        ]),
        formplayer: `${view.root}/formplayer_build/current`,
      }).map((program) => ({
        ...program,
        name: formplayerProgram(view.names),
        directory: `${view.root}/formplayer_build/current`,
        log: `${view.log}/formplayer-spring.log`,
        // Before the first deploy_formplayer there is no jar to run.
        autostart: false,
      })),
  },
];

type Values = Readonly<Record<string, string | number>>;

/**
 * A path that the program finds from its directory, through `env`, since supervisord would look for it in
 * its own. Python then knows itself by the release's real name: what a process loads late comes from the
 * release that it was started in, also when `current` has moved on.
 */
const python = '/usr/bin/env python_env/bin/python';

/** How long requests may take that are there when a web worker is stopped. */
const gracefulSeconds = (view: TemplateView): number => numberIn(view, 'gunicorn_graceful_timeout', 30);

/** One program, unless the settings say that there is none. */
const onlyIf = (
  view: TemplateView,
  command: string,
  name: string,
  values: Values,
): readonly (Program & { readonly log: string })[] => {
  const line = view.commands[command] ?? '';
  if (line === '') return [];
  return [
    {
      name: programName(view.names, name),
      command: filled(line, { ...values, python, current: view.current }),
      directory: view.current,
      user: view.user,
      environment: environmentOf(view),
      log: `${view.log}/${name}.log`,
      startSeconds: 1,
      stopSeconds: 30,
      asGroup: true,
    },
  ];
};

const celeryOf = (view: TemplateView, worker: CeleryWorker): readonly Program[] => {
  const [queue] = worker.queues;
  const alone = (command: string, name: string, values: Values): readonly Program[] =>
    onlyIf(view, command, name, values).map((program) => withVariables(program, worker.options));
  if (queue === 'flower')
    return alone('celery_flower_command', 'celery_flower', {
      port: numberIn(view, 'flower_port', 5555),
      max_tasks: words([word('--max-tasks', numberGiven(view, 'flower_max_tasks'))]),
    });
  if (queue === 'beat') return alone('celery_beat_command', 'celerybeat', {});
  const workers = Array.from({ length: worker.workers }, (_, index) => {
    const name = `celery_${worker.queues.join('_')}_${index}`;
    return onlyIf(view, 'celery_command', name, {
      name,
      queues: worker.queues.join(','),
      concurrency: worker.concurrency,
      pool: worker.pooling,
      host: view.host.name,
      started: startedMark,
    }).map((program) =>
      lingering({
        ...withVariables(program, worker.options),
        command: `${prefixOf(view, 'celery_command_prefix')}${program.command}${celeryWords(worker)}`,
      }),
    );
  }).flat();
  // The scheduler goes with the queue of periodic tasks, unless it has a line of its own: two would start everything twice.
  const apart = view.processes.celery.some(({ queues }) => queues.includes('beat'));
  return worker.queues.includes('celery_periodic') && !apart
    ? [...workers, ...onlyIf(view, 'celery_beat_command', 'celerybeat', {})]
    : workers;
};

const withVariables = <P extends Program>(program: P, options: Readonly<Record<string, unknown>>): P => ({
  ...program,
  environment: { ...program.environment, ...variablesOf(options) },
});

const pillowOf = (view: TemplateView, all: PillowProcesses): readonly Program[] => {
  const { pillow, processes, start, total } = all;
  return Array.from({ length: processes }, (_, index) => {
    const n = start + index;
    const options = optionsOfProcess(all, n);
    const values = { pillow, n, total: total ?? start + processes };
    return onlyIf(view, 'pillow_command', `pillowtop-${pillow}-${n}`, values).map((program) => ({
      ...withVariables(program, options),
      command: `${program.command}${pillowWords(options, n)}`,
    }));
  }).flat();
};

/** Proxies of the environment; no request to a host of the fleet goes through them. */
const environmentOf = ({ processes, inventory }: TemplateView): Readonly<Record<string, string>> => {
  const proxy = processes.other['http_proxy'];
  if (typeof proxy !== 'string' || proxy === '') return {};
  const more = processes.other['additional_no_proxy_hosts'];
  const direct = ['localhost', '127.0.0.1', ...inventory.hosts.flatMap(({ name, address }) => [name, address])];
  return {
    http_proxy: `http://${proxy}`,
    https_proxy: `http://${proxy}`,
    no_proxy: [...new Set(direct), ...(typeof more === 'string' && more !== '' ? [more] : [])].join(','),
  };
};

/** `{name}` in a command line stands for a value; an unknown one is a mistake worth stopping for. */
export const filled = (line: string, values: Values): string =>
  line.replace(/\{(\w+)\}/g, (written, name: string) => {
    const found = values[name];
    if (found === undefined)
      throw new Error(
        `«${line}» has ${written}; it may have ${Object.keys(values)
          .map((each) => `{${each}}`)
          .join(', ')}.`,
      );
    return String(found);
  });

const textIn = ({ processes }: TemplateView, key: string, fallback: string): string => {
  const found = processes.other[key];
  return typeof found === 'string' || typeof found === 'number' ? String(found) : fallback;
};

const numberIn = ({ processes }: TemplateView, key: string, fallback: number): number =>
  numberOf(processes.other[key]) ?? fallback;

/** A figure that is given and not 0, which stands for "without a limit". */
const numberGiven = (view: TemplateView, key: string): number | undefined => {
  const found = numberIn(view, key, 0);
  return found === 0 ? undefined : found;
};

const given = (option: string, value: string): string => (value === '' ? '' : `${option}=${value}`);

/** Words before a command line, such as a tracer's. */
const prefixOf = (view: TemplateView, key: string): string => {
  const prefix = textIn(view, key, '').trim();
  return prefix === '' ? '' : `${prefix} `;
};
