import type { Service } from './service.ts';

const config = `bind 0.0.0.0
protected-mode no
port 6379
daemonize no
dir /var/lib/redis
appendonly yes
maxmemory 64mb
`;

/** Redis, as the package has it, with a configuration of the fleet's own. */
export const redis: Service = {
  name: 'redis',
  groups: ['redis'],
  port: 6379,
  program: () => ({ name: 'redis', command: '/usr/bin/redis-server /etc/fleet/redis.conf', user: 'redis' }),
  files: () => [{ path: '/etc/fleet/redis.conf', text: config }],
};
