import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sh } from '../../../src/api.ts';
import { until } from '../../end-to-end/world.ts';
import type { Answer, FleetHost } from '../../fleet/index.ts';
import { must } from '../../fleet/system.ts';
import { startCommcareFleet } from '../fleet/commcare-fleet.ts';
import { login } from '../fleet/service.ts';
import { exampleEnvironment } from '../fleet/up.ts';
import { commcareRepository, type CommcareRepository } from './versions.ts';

/** One machine with databases, queues and the application, put there by hand: what it does by itself. */
export interface ApplicationHost {
  readonly host: FleetHost;
  readonly repository: CommcareRepository;
  /** Where its gunicorn answers. */
  readonly web: string;
  /** Writes a version out as a release with its virtualenv, and points `current` at it. Returns the release's name. */
  release(commit: string): Promise<string>;
  /** A shell line in `current`, as the user that releases belong to. */
  run(line: string): Promise<Answer>;
  /** `manage.py` in `current`. */
  manage(line: string): Promise<Answer>;
  /** Starts a program of `current` that goes on; `gunicorn`, `celery` and pillows below are such lines. */
  start(name: string, line: string): Promise<void>;
  /** Sends a signal to the program alone, not to what it has started. */
  signal(name: string, signal: string): Promise<void>;
  /** Whether the program still runs. */
  runs(name: string): Promise<boolean>;
  /** Asks it to end, and waits until it has. */
  end(name: string): Promise<void>;
  log(name: string): string;
  sql(query: string): Promise<string>;
  dispose(): Promise<void>;
}

/** What the programs of a release are started with. */
export const lines = {
  gunicorn:
    'python_env/bin/python -m gunicorn deployment.gunicorn.commcarehq_wsgi:application -c deployment/gunicorn/gunicorn_conf.py -k gthread --bind 0.0.0.0:9010 --workers 2',
  celery:
    'python_env/bin/python -m celery -A corehq worker --queues=celery,celery_periodic,export_download_queue --concurrency=2 --loglevel=INFO',
  beat: 'python_env/bin/python -m celery -A corehq beat --loglevel=INFO',
  pillow: (name: string, total = 1, number = 0) =>
    `python_env/bin/python manage.py run_ptop --pillow-name ${name} --num-processes ${total} --process-number ${number}`,
} as const;

const groups = ['proxy', 'webworkers', 'celery', 'pillowtop', 'postgresql', 'redis', 'rabbitmq', 'elasticsearch'];
const root = '/home/cchq/www/fleet';

/** The environment of the example's fleet, with one host that does everything. */
const writeEnvironment = (folder: string): string => {
  const environment = join(folder, 'fleet');
  cpSync(exampleEnvironment, environment, { recursive: true });
  writeFileSync(join(environment, 'inventory.ini'), groups.map((group) => `[${group}]\nhq\n`).join(''));
  writeFileSync(
    join(environment, 'app-processes.yml'),
    `celery_processes:
  hq:
    celery,celery_periodic,export_download_queue: {}
pillows:
  hq:
    xform-pillow: {}
`,
  );
  return environment;
};

/** Brings the machine up with its databases and queues, and nothing of the application yet. */
export const openApplicationHost = async (): Promise<ApplicationHost> => {
  const folder = mkdtempSync(join(tmpdir(), 'commcare-application-'));
  const repository = commcareRepository(join(folder, 'commcare'));
  const fleet = await startCommcareFleet({ environment: writeEnvironment(folder) });
  const host = fleet.host('hq');
  const logFile = (name: string): string => `${root}/log/${name}.log`;
  let made = 0;

  const asRoot = async (line: string): Promise<string> => {
    const { code, stdout, stderr } = await host.exec(line);
    if (code !== 0) throw new Error(`${line}: ${code}\n${stderr}`);
    return stdout.trim();
  };
  const run = (line: string): Promise<Answer> =>
    host.exec(sh`runuser -u cchq -- sh -c ${`cd -P ${root}/current && ${line}`}`.text);
  const runs = async (name: string): Promise<boolean> =>
    (await host.exec(`kill -0 "$(cat /run/${name}.pid)"`)).code === 0;
  const signal = async (name: string, which: string): Promise<void> => {
    await asRoot(`kill -${which} "$(cat /run/${name}.pid)"`);
  };

  return {
    host,
    repository,
    web: `http://${host.address}:9010`,
    run,
    runs,
    signal,
    release: async (commit) => {
      made += 1;
      const name = `2026-11-20_09.00.${String(made).padStart(2, '0')}`;
      const path = `${root}/releases/${name}`;
      const checkout = host.path(path);
      mkdirSync(checkout, { recursive: true });
      must('sh', ['-c', 'git -C "$1" archive "$2" | tar -x -C "$3"', 'sh', repository.path, commit, checkout]);
      await asRoot(
        `cd ${path} && ln -s ../../shared/.env .env && chown -R cchq: ${root} && ln -sfn releases/${name} ${root}/current`,
      );
      await asRoot(sh`runuser -u cchq -- python3 -m venv --without-pip --system-site-packages ${path}/python_env`.text);
      return name;
    },
    manage: (line) => run(`python_env/bin/python manage.py ${line}`),
    start: async (name, line) => {
      const words = `cd -P ${root}/current && echo $$ >/run/${name}.pid && exec setpriv --reuid cchq --regid cchq --init-groups ${line}`;
      await asRoot(`rm -f /run/${name}.pid`);
      await asRoot(sh`setsid sh -c ${words} </dev/null >>${logFile(name)} 2>&1 &`.text);
      await until(async () => (await host.exec(`test -s /run/${name}.pid`)).code === 0, 20, `${name} has begun`);
    },
    end: async (name) => {
      await signal(name, 'TERM');
      await until(async () => !(await runs(name)), 60, `${name} has ended`);
    },
    log: (name) => readFileSync(host.path(logFile(name)), 'utf8'),
    sql: (query) =>
      asRoot(
        sh`PGPASSWORD=${login.password} psql -h 127.0.0.1 -U ${login.user} -d ${login.database} -v ON_ERROR_STOP=1 -Atc ${query}`
          .text,
      ),
    dispose: async () => {
      await fleet.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
