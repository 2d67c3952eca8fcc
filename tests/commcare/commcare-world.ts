import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { openWorld, until, type Ran, type Repository, type World } from '../end-to-end/world.ts';

const app = fileURLToPath(new URL('app', import.meta.url));
const fabfile = fileURLToPath(new URL('../../fabfile.ts', import.meta.url));

/** Where every host has its supervisord's configuration. */
const supervisordConf = '/home/deploy/supervisord.conf';

/** A CommCare fleet in small: every program is a real process under a real supervisord. */
export interface CommcareWorld extends World {
  readonly repo: Repository;
  /** `fab <environment> …` with the project's own fabfile. */
  readonly on: (environment: string, ...words: readonly string[]) => Promise<Ran>;
  /** Programs on a host and their states, by name without what all names begin with. */
  readonly programs: (host: string, environment?: string) => Promise<Readonly<Record<string, string>>>;
  /** A file under `shared/` of a host's environment, as lines. */
  readonly shared: (host: string, file: string, environment?: string) => readonly string[];
  readonly touch: (host: string, file: string, environment?: string) => Promise<void>;
  readonly remove: (host: string, file: string, environment?: string) => Promise<void>;
  /** What the web process of a host answers. */
  readonly answer: (host: string, port?: number) => Promise<string>;
  /** The release that a host's `current` shows. */
  readonly live: (host: string, environment?: string) => string;
  /** Writes an environment that deploys the stand-in application. */
  readonly furnish: (name: string, options: Furnishing) => void;
}

export interface Furnishing {
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly port: number;
  /** app-processes.yml, less the port. */
  readonly processes: Readonly<Record<string, unknown>>;
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface WorldOptions {
  /** Package layers that the hosts start from. */
  readonly layers?: readonly string[];
  /** A folder of the application's that is laid over the stand-in. */
  readonly app?: string;
}

/** Starts the fleet, a supervisord on every host, and a repository with the stand-in application. */
export const openCommcareWorld = async (
  hosts: readonly string[],
  { layers = [], app: more }: WorldOptions = {},
): Promise<CommcareWorld> => {
  const world = await openWorld({ kind: 'namespaces', hosts, layers });
  const repo = world.repository('app');
  for (const folder of [app, ...(more === undefined ? [] : [more])]) cpSync(folder, repo.path, { recursive: true });
  repo.commit({}, 'The application');
  await Promise.all(hosts.map((host) => startSupervisor(world, host)));

  const inShared = (environment: string, file: string): string => `/home/deploy/www/${environment}/shared/${file}`;
  return {
    ...world,
    repo,
    on: (environment, ...words) => world.fab([environment, ...words]),
    programs: async (host, environment = 'prod') => {
      const { stdout } = await world.host(host).exec(`supervisorctl -c ${supervisordConf} status`);
      const prefix = `commcare-hq-${environment}-`;
      const rows = stdout.split('\n').filter((line) => line.startsWith(prefix));
      return Object.fromEntries(
        rows.map((line) => line.slice(prefix.length).split(/\s+/).slice(0, 2) as [string, string]),
      );
    },
    shared: (host, file, environment = 'prod') => {
      try {
        return world.read(host, environment, `shared/${file}`).trimEnd().split('\n');
      } catch {
        return [];
      }
    },
    touch: async (host, file, environment = 'prod') => {
      const path = inShared(environment, file);
      await world.host(host).exec(`su deploy -c 'mkdir -p ${join(path, '..')} && : > ${path}'`);
    },
    remove: async (host, file, environment = 'prod') => {
      await world.host(host).exec(`rm -f ${inShared(environment, file)}`);
    },
    answer: async (host, port = 8080) =>
      (await world.host(host).exec(`curl -s --max-time 5 http://127.0.0.1:${port}/`)).stdout,
    live: (host, environment = 'prod') => (world.current(environment)[host] ?? '').replace('releases/', ''),
    furnish: (name, { groups, port, processes, settings = {} }) => {
      const folder = world.environment(name, {
        groups,
        settings: {
          fabfile,
          code_repo: repo.path,
          celery_queues: [],
          supervisorctl: `supervisorctl -c ${supervisordConf}`,
          web_command: '{python} web.py {port}',
          celery_command: '{python} worker.py {name}',
          pillow_command: '{python} worker.py {pillow}-{n}',
          formplayer_command: 'python3 {formplayer}/formplayer.jar',
          health_url: `http://127.0.0.1:${port}/`,
          ...settings,
        },
      });
      writeFileSync(join(folder, 'app-processes.yml'), stringify({ django_port: port, ...processes }));
    },
  };
};

const startSupervisor = async (world: World, name: string): Promise<void> => {
  const host = world.host(name);
  writeFileSync(host.path(supervisordConf), readFileSync(join(app, 'supervisord.conf'), 'utf8'));
  await host.exec(`setsid supervisord -n -c ${supervisordConf} </dev/null >/dev/null 2>&1 &`);
  await until(async () => (await host.exec('test -S /run/supervisor.sock')).code === 0, 20, 'supervisord');
};
