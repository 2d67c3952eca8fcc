import type { HostFile } from '../../fleet/types.ts';
import type { FleetPlan } from './plan.ts';
import type { HostProgram, Service } from './service.ts';

const environmentOf = ({ environment = {} }: HostProgram): string =>
  Object.entries(environment)
    .map(([name, text]) => `${name}="${text.replaceAll('%', '%%')}"`)
    .join(',');

const section = (program: HostProgram): string => `
[program:${program.name}]
command=${program.command.replaceAll('%', '%%')}
user=${program.user}
directory=/
environment=${environmentOf(program)}
stopsignal=${program.stopSignal ?? 'TERM'}
stopwaitsecs=20
autorestart=true
redirect_stderr=true
stdout_logfile=/var/log/supervisor/${program.name}.log
`;

/** A host's service manager: its own programs, and those of the release that is live there. */
const config = (plan: FleetPlan, programs: readonly HostProgram[]): string => `[unix_http_server]
file=/run/supervisor.sock
chmod=0700

[supervisord]
nodaemon=true
user=root
logfile=/var/log/supervisor/supervisord.log
pidfile=/run/supervisord.pid
childlogdir=/var/log/supervisor

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix:///run/supervisor.sock
${programs.map(section).join('')}
[include]
files=${plan.root}/current/services/supervisor/*.conf
`;

const boot = (services: readonly Service[]): string =>
  [
    '#!/bin/sh',
    ...services.flatMap(({ atBoot = [] }) => atBoot),
    'exec /usr/bin/supervisord -n -c /etc/supervisor/supervisord.conf >/dev/null 2>&1',
    '',
  ].join('\n');

/** What makes supervisord the service manager of a host that runs these services. */
export const serviceManager = (plan: FleetPlan, services: readonly Service[]): readonly HostFile[] => [
  {
    path: '/etc/supervisor/supervisord.conf',
    text: config(
      plan,
      services.map((service) => service.program(plan)),
    ),
  },
  { path: '/etc/fleet/boot', text: boot(services), mode: 0o755 },
];
