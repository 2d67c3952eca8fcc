import type { HostFile, PlannedHost } from '../../fleet/types.ts';
import { nginx } from './nginx.ts';
import type { FleetPlan, Place } from './plan.ts';
import { postgresql } from './postgresql.ts';
import { rabbitmq } from './rabbitmq.ts';
import { redis } from './redis.ts';
import { login, type Service } from './service.ts';
import { stub, stubPort } from './stub.ts';
import { serviceManager } from './supervisord.ts';

/** Everything that runs on the fleet before anybody deploys to it. */
export const allServices: readonly Service[] = [nginx, postgresql, redis, rabbitmq, stub];

export const servicesOf = ({ groups }: Place): readonly Service[] =>
  allServices.filter((service) => service.groups.some((group) => groups.includes(group)));

/** Where the application finds what; linked into each release as `.env`. */
const applicationEnvironment = (plan: FleetPlan): string => {
  const values = {
    PGHOST: plan.first('postgresql'),
    PGPORT: postgresql.port,
    PGUSER: login.user,
    PGPASSWORD: login.password,
    PGDATABASE: login.database,
    REDIS_URL: `redis://${plan.first('redis')}:${redis.port}/0`,
    BROKER_URL: `amqp://${login.user}:${login.password}@${plan.first('rabbitmq')}:${rabbitmq.port}//`,
    SHARED_DIR: '/mnt/shared',
    STUB_URL: `http://${plan.first('elasticsearch')}:${stubPort}`,
    SECRET_KEY: 'the same on every host of this fleet, and nothing outside of it',
  };
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
};

/** What a host has before it boots for the first time. */
export const filesOf = (plan: FleetPlan, place: Place, all: readonly PlannedHost[]): readonly HostFile[] => {
  const services = servicesOf(place);
  return [
    ...serviceManager(plan, services),
    ...services.flatMap((service) => service.files(plan, all)),
    { path: `${plan.root}/shared/.env`, text: applicationEnvironment(plan), mode: 0o600 },
    { path: `${plan.root}/log/.keep`, text: '' },
  ];
};
