import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageLayer } from '../fleet/layer.ts';
import { until, well, type Ran, type Running } from '../end-to-end/world.ts';
import { openCommcareWorld, type CommcareWorld } from './commcare-world.ts';

const own = fileURLToPath(new URL('rolling', import.meta.url));

const packages = ['nginx-light', 'gunicorn', 'supervisor', 'python3-venv', 'curl', 'celery', 'python3-celery'];
const broker = ['python3-redis', 'redis-server'];

export const webWorkers = ['web1', 'web2', 'web3'];
export const proxies = ['proxy1', 'proxy2'];
export const site = '/etc/nginx/sites-enabled/commcare';
const [port, healthPage] = [9010, 'http://127.0.0.1:9010/serverup.txt'];

/** Web workers under gunicorn and supervisord behind nginx: all of it real. */
export interface RollingWorld extends CommcareWorld {
  readonly fab1: (...words: readonly string[]) => Promise<Ran>;
  readonly begin: (...words: readonly string[]) => Running;
  /** Writes the environment again, with these settings on top. */
  readonly settings: (more?: Readonly<Record<string, unknown>>) => void;
  /** Where clients ask: each proxy. */
  readonly urls: readonly string[];
  /** The site file of nginx, as it is now on the first proxy; that of the others must be the same. */
  readonly siteText: () => string;
  /** Whether a worker is out of rotation on any proxy. */
  readonly someoneIsOut: () => boolean;
  /** As it was when the fleet came up. */
  readonly siteBefore: string;
  readonly writeSite: (text: string) => void;
  /** The release that the web process of a host was started in. */
  readonly runs: (host: string) => Promise<string>;
  /** Fields of nginx's log for requests that did not end well. */
  readonly nginxFailures: () => readonly string[];
}

export interface RollingOptions {
  /** Lines inside the upstream, such as `keepalive 16;`. */
  readonly upstream?: string;
  /** Words of gunicorn's command line. */
  readonly gunicorn?: string;
}

export const openRollingWorld = async ({
  upstream = '',
  gunicorn = '',
}: RollingOptions = {}): Promise<RollingWorld> => {
  const world = await openCommcareWorld([...webWorkers, 'worker1', ...proxies], {
    layers: [packageLayer([...packages, ...broker])],
    app: own,
  });
  const address = (name: string): string => world.host(name).address;
  const siteBefore = [
    'upstream webworkers {',
    '  zone webworkers 64k;',
    ...webWorkers.map((name) => `  server ${address(name)}:${port} max_fails=0; # ${name}`),
    ...(upstream === '' ? [] : [`  ${upstream}`]),
    '}',
    'server {',
    '  listen 80;',
    '  location / {',
    '    proxy_pass http://webworkers;',
    '    proxy_http_version 1.1;',
    '    proxy_set_header Connection "";',
    '  }',
    '}',
    '',
  ].join('\n');
  const writeSite = (text: string): void => proxies.forEach((name) => writeFileSync(world.host(name).path(site), text));
  for (const name of proxies) {
    const proxy = world.host(name);
    cpSync(join(own, 'nginx.conf'), proxy.path('/etc/nginx/nginx.conf'));
    await proxy.exec('rm -f /etc/nginx/sites-enabled/*');
  }
  writeSite(siteBefore);
  for (const name of proxies) {
    const started = await world.host(name).exec('nginx');
    if (started.code !== 0) throw new Error(started.stderr);
  }

  const settings = (more: Readonly<Record<string, unknown>> = {}): void =>
    world.furnish('prod', {
      groups: { webworkers: webWorkers, celery: ['worker1'], proxy: proxies, pillowtop: ['worker1'] },
      port,
      processes: {
        celery_processes: { worker1: { celery: {} } },
        pillows: { worker1: { case: {} } },
      },
      settings: {
        virtualenv_options: ['--system-site-packages'],
        web_command: `{python} -m gunicorn wsgi:application --bind {bind}:{port} --workers 1 --threads 8 ${gunicorn}`,
        health_url: healthPage,
        health_timeout: 20,
        nginx_site: site,
        ...more,
      },
    });
  settings();
  return {
    ...world,
    settings,
    siteBefore,
    writeSite,
    siteText: () => {
      const [first = '', ...others] = proxies.map((name) => readFileSync(world.host(name).path(site), 'utf8'));
      const other = others.find((text) => text !== first);
      if (other !== undefined) throw new Error(`the proxies differ:\n${first}\n${other}`);
      return first;
    },
    someoneIsOut: () => proxies.some((name) => readFileSync(world.host(name).path(site), 'utf8').includes(' down;')),
    urls: proxies.map((name) => `http://${address(name)}/`),
    fab1: (...words) => world.on('prod', ...words),
    begin: (...words) => world.start(['prod', ...words]),
    runs: async (host) => {
      const found = await world.host(host).exec('readlink /proc/$(pgrep -o -f [w]sgi:application)/cwd');
      return found.stdout.trim().split('/').at(-1) ?? '';
    },
    nginxFailures: () =>
      proxies
        .flatMap((name) => readFileSync(world.host(name).path('/var/log/nginx/access.log'), 'utf8').split('\n'))
        .filter((line) => line !== '' && !/" 200 \d+ /.test(line)),
  };
};

export { until, well };
