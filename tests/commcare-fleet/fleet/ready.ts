import { setTimeout as pause } from 'node:timers/promises';
import type { Fleet } from '../../fleet/index.ts';
import { login, type Service } from './service.ts';

/** Asks the service itself, on its own host; 0 when it does what it is for. */
const questions: Readonly<Record<string, string>> = {
  nginx: 'test -s /run/nginx.pid && curl -s -o /dev/null http://127.0.0.1/',
  postgresql: `PGPASSWORD=${login.password} psql -h 127.0.0.1 -U ${login.user} -d ${login.database} -c 'SELECT 1'`,
  redis: 'redis-cli ping | grep PONG',
  rabbitmq: 'bash -c "exec 3<>/dev/tcp/127.0.0.1/5672"',
  stub: 'bash -c "exec 3<>/dev/tcp/127.0.0.1/8090"',
};

/** Waits until these services answer on their host; fails with what supervisord says of them. */
export const whenReady = async (
  fleet: Fleet,
  name: string,
  services: readonly Service[],
  seconds = 60,
): Promise<void> => {
  const host = fleet.host(name);
  const limit = Date.now() + seconds * 1000;
  const question = ['test -S /run/supervisor.sock', ...services.map((service) => questions[service.name] ?? 'true')];
  const ask = async (): Promise<boolean> =>
    (await host.exec(question.map((one) => `( ${one} )`).join(' && '))).code === 0;
  while (!(await ask())) {
    if (Date.now() > limit) {
      const { stdout } = await host.exec('supervisorctl status; tail -n 20 /var/log/supervisor/*.log');
      throw new Error(`${name} is not ready after ${seconds} s:\n${stdout}`);
    }
    await pause(200);
  }
};
