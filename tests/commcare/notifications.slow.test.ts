import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import { openNotifiedWorld, type NotifiedWorld } from './notified-world.ts';

describeFleet('loopback', 'a mail server that hangs', () => {
  let world: NotifiedWorld;
  beforeAll(async () => void (world = await openNotifiedWorld()), 120_000);
  afterAll(async () => world.stop());

  test.each([
    ['success', 0],
    ['failure', 1],
  ])('delays a %s by ten seconds at its end, and changes nothing about it', async (word, status) => {
    await world.prepare({ answers: { EHLO: 'hang' } });
    await world.breakBuild(status === 1);
    const ran = await world.deploy();
    expect(ran.status).toBe(status);
    expect(ran.seconds).toBeLessThan(25);
    for (const event of ['deploy_started', `deploy_${word}`])
      expect(ran.stdout).toMatch(
        new RegExp(`${event} could not be told through the mail server localhost:\\d+: it did not answer within 10 s`),
      );
    // Whoever can be told was not kept waiting for it.
    expect(world.posts).toHaveLength(2);
  });
});
