// One of several that fight for the same hosts: run by contest.ts in a process of its own, until its input ends.
import { pause } from '../../../src/run/pause.ts';
import { criticalSection, SharedFleet } from './shared-fleet.ts';
import type { Order, Report } from './words.ts';

const order = JSON.parse(process.argv.at(-1) ?? '') as Order;
const say = (report: Report): void => void process.stdout.write(`${JSON.stringify(report)}\n`);

const told = { over: false };
process.stdin.on('end', () => (told.over = true)).resume();

const fleet = new SharedFleet(order.folder, order.hosts);
say({ kind: 'ready' });
for (let number = 1; !told.over; number += 1) {
  const run = `${order.name}-${number}`;
  const stubborn = Math.random() < order.stubborn;
  await pause(Math.random() * order.pause);
  const ended = await fleet
    .run(criticalSection(order.folder, run, { stubborn, unlocked: order.unlocked }), order.name, {
      lease: order.lease,
      observe: (event) => {
        if (event.type === 'step-started' && event.step === 'enter') say({ kind: 'entered', run });
      },
    })
    // The look at the hosts was cut short: nothing was begun.
    .catch((thrown: unknown) => ({ status: 2, sentence: (thrown as Error).message, failures: [] }));
  const sentence = ended.sentence ?? ended.failures.map(({ failure }) => JSON.stringify(failure)).join(' ');
  say({ kind: 'ended', run, status: ended.status, sentence });
}
await fleet.close();
