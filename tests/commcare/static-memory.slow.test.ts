import { readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openWorld, type Running, type World } from '../end-to-end/world.ts';

const megabytes = 200;

/** With a tenth of the files the peak is 145 MB, most of it buffers on their way: all of them on top would show. */
const mostMb = 250;

/** Static files that nothing compresses, made on the first proxy and brought to the other hosts over ssh. */
const fabfile = `
import { command, newRelease, releaseOperations, role, sh, staticOperations, task } from 'fabwright';

const statics = role('proxy');
const web = role('web');
const roles = [statics, web];
const { create, publish } = releaseOperations({ roles });
const { offer, take, withdraw } = staticOperations({ statics, web });
const make = command('app.statics', [statics], sh\`mkdir staticfiles && head -c ${megabytes * 1_000_000} /dev/urandom > staticfiles/big\`, {
  once: true,
});

export default [
  task({
    name: 'bring',
    description: 'Make static files and bring them to all.',
    release: newRelease,
    steps: [create, make, offer, take, withdraw, publish],
  }),
];
`;

let world: World;
beforeAll(async () => {
  world = await openWorld({ kind: 'loopback', hosts: ['proxy1', 'web1', 'web2'] });
  world.environment('test', {
    groups: { proxy: ['proxy1'], web: ['web1', 'web2'] },
    settings: { code_repo: world.repository('app').path, fabfile: world.write({ 'fabfile.ts': fabfile }) },
  });
});
afterAll(() => world.stop());

/** Nothing when it has ended. */
const statusOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
};

/** The most that the process ever had in memory, MB (10^6 bytes): the kernel's own mark, looked at until it ends. */
const peakOf = async ({ child, ended }: Running): Promise<number> => {
  let kilobytes = 0;
  const timer = setInterval(() => {
    kilobytes = Number(/^VmHWM:\s+(\d+) kB$/m.exec(statusOf(child.pid ?? 0))?.[1] ?? kilobytes);
  }, 20);
  await ended;
  clearInterval(timer);
  return (kilobytes * 1024) / 1e6;
};

test(`${megabytes} MB of static files reach every host, and the controller never holds them`, async () => {
  const running = world.start(['test', 'bring', '--yes']);
  const peak = await peakOf(running);
  const { status, stdout, stderr } = await running.ended;
  expect([status, status === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  for (const { name } of world.fleet.hosts) {
    const file = world.fleet.host(name).path('www/test/current/staticfiles/big');
    expect(statSync(file).size).toBe(megabytes * 1_000_000);
  }
  expect(peak).toBeGreaterThan(20);
  expect(peak).toBeLessThan(mostMb);
});
