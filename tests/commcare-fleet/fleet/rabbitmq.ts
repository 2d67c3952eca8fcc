import { login, type Service } from './service.ts';

const config = `listeners.tcp.default = 5672
default_user = ${login.user}
default_pass = ${login.password}
loopback_users = none
vm_memory_high_watermark.absolute = 256MB
disk_free_limit.absolute = 16MB
log.file.level = warning
`;

/** RabbitMQ with its own node name and directories; one scheduler, so that an idle broker takes no CPU. */
export const rabbitmq: Service = {
  name: 'rabbitmq',
  groups: ['rabbitmq'],
  port: 5672,
  program: (plan) => ({
    name: 'rabbitmq',
    command: '/usr/lib/rabbitmq/bin/rabbitmq-server',
    user: 'rabbitmq',
    environment: {
      HOME: '/var/lib/rabbitmq',
      RABBITMQ_NODENAME: `rabbit@${plan.first('rabbitmq')}`,
      RABBITMQ_CONFIG_FILE: '/etc/fleet/rabbitmq.conf',
      RABBITMQ_MNESIA_BASE: '/var/lib/rabbitmq/fleet',
      RABBITMQ_LOG_BASE: '/var/log/rabbitmq',
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none',
    },
  }),
  files: () => [{ path: '/etc/fleet/rabbitmq.conf', text: config }],
};
