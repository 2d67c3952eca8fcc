import type { Service } from './service.ts';
import type { FleetPlan } from './plan.ts';

/** A line for each request, in the format `fleet` below; the load proof reads it. */
export const accessLog = '/var/log/nginx/commcare.log';

const main = `user www-data;
worker_processes 2;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log notice;
events { worker_connections 512; }
http {
  include /etc/nginx/mime.types;
  log_format fleet '$msec $status $upstream_status $request_time $upstream_addr $upstream_http_x_commcare_version $http_user_agent $request';
  include /etc/nginx/sites-enabled/*;
}
`;

/**
 * The site. A request goes to one web worker and never to a second one, so that a lost request is
 * seen. Connections end with their answer: at a reload nginx closes the idle ones, and a request that is
 * just on its way on such a one would be lost between client and proxy. `deferred` closes the same gap at
 * a connection's beginning.
 */
const site = ({ root, webPort }: FleetPlan, workers: readonly { readonly address: string }[]): string => `
upstream webworkers {
${workers.map(({ address }) => `  server ${address}:${webPort};`).join('\n')}
}

server {
  listen 80 default_server deferred;
  keepalive_timeout 0;
  access_log ${accessLog} fleet;

  # A page names the release that it came from: its files are there whatever current shows by now.
  location ~ ^/static/([0-9._-]+)/(.+)$ { alias ${root}/releases/$1/staticfiles/$2; }

  location / {
    proxy_pass http://webworkers;
    proxy_next_upstream off;
    proxy_connect_timeout 5s;
    proxy_read_timeout 120s;
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  }
}
`;

/** nginx in front of the web workers. */
export const nginx: Service = {
  name: 'nginx',
  groups: ['proxy'],
  port: 80,
  program: () => ({ name: 'nginx', command: "/usr/sbin/nginx -g 'daemon off;'", user: 'root', stopSignal: 'QUIT' }),
  // The package brings a site that answers for all names, too.
  atBoot: ['rm -f /etc/nginx/sites-enabled/default'],
  files: (plan, all) => [
    { path: '/etc/nginx/nginx.conf', text: main },
    {
      path: '/etc/nginx/sites-enabled/commcare',
      text: site(
        plan,
        plan.all('webworkers').flatMap((name) => all.filter((host) => host.name === name)),
      ).trimStart(),
    },
  ],
};
