import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { load, plan, run, type Outcome } from '../../src/index.ts';
import { describeFleet } from '../fleet/describe.ts';
import { openReady } from './follow.ts';
import type { Place } from './place.ts';
import { deployElsewhere, point, releasesOn } from './plant.ts';

describeFleet('loopback', 'somebody else is quicker', () => {
  let place: Place;
  beforeAll(async () => {
    place = await openReady({ kind: 'loopback', hosts: 3 });
  }, 120_000);
  beforeEach(() => place.putBack('two'));
  afterAll(() => place.stop());

  const shown = () => place.hosts.map((host) => place.current(host));
  /** Somebody reads the plan, and says yes when the others are done. */
  const afterThat = async (
    task: string,
    answers: readonly string[],
    others: () => Promise<unknown>,
  ): Promise<Outcome> => {
    const loaded = await load({ environment: 'production', environments: place.environments });
    if (!loaded.ok) throw new Error(loaded.failure.map(({ sentence }) => sentence).join('\n'));
    try {
      const planned = await plan(loaded.value, task, {}, { answers });
      if (!planned.ok) throw new Error(planned.failure.map(({ sentence }) => sentence).join('\n'));
      await others();
      return await run(planned.value);
    } finally {
      await loaded.value.close();
    }
  };

  test('a deploy of an older commit does not undo what was published meanwhile', async () => {
    let theirs: readonly unknown[] = [];
    const outcome = await afterThat('deploy', ['yes', 'same-commit'], async () => {
      expect((await place.type('fab production deploy')).status).toBe(0);
      theirs = shown();
    });
    expect([outcome.status, outcome.sentence]).toEqual([
      2,
      expect.stringMatching(/^Nothing was begun: deploy would undo a commit published meanwhile, [0-9a-f]{10} «/),
    ]);
    expect(shown()).toEqual(theirs);
  });

  test('a guard that has something to ask only now is asked', async () => {
    expect((await place.type('fab production deploy')).status).toBe(0);
    expect((await place.type('fab production rollback')).status).toBe(0);
    const outcome = await afterThat('deploy', ['yes'], async () => {
      expect((await deployElsewhere(place)).status).toBe(0);
    });
    expect([outcome.status, outcome.sentence]).toEqual([
      2,
      expect.stringMatching(/^Nothing was begun: .* is live already in .*; deploy it again\?[^]*--same-commit/),
    ]);
  });

  test('of several tasks in one line, each is about what the ones before have left', async () => {
    const [older, live] = releasesOn(place);
    point(place, 'web3', `releases/${older!}`);
    const caughtUp = await place.type('fab production deploy catch_up');
    const [, , newest] = releasesOn(place);
    expect([caughtUp.status, shown()]).toEqual([0, place.hosts.map(() => newest)]);
    expect(caughtUp.lines).toContain(`Every release host is on ${newest!}.`);
    // What was done before a refusal is told, and the exit status is not that of «nothing was changed».
    const twice = await place.type('fab production rollback rollback rollback');
    expect([twice.status, shown()]).toEqual([1, place.hosts.map(() => older)]);
    expect(twice.lines.join('\n')).toContain(
      'rollback and rollback are done; nothing else was begun:\nNo host has a release to go back to.',
    );
    expect(live).toBeDefined();
  });

  test('a way back does not go over what it was not shown', async () => {
    let theirs: readonly unknown[] = [];
    const outcome = await afterThat('rollback', ['yes'], async () => {
      expect((await place.type('fab production deploy')).status).toBe(0);
      theirs = shown();
    });
    expect([outcome.status, outcome.sentence]).toEqual([2, expect.stringContaining('rollback was planned for')]);
    expect(shown()).toEqual(theirs);
  });
});
