import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import { durableStates } from './durable-states.ts';
import { follow, openReady } from './follow.ts';
import { sections } from './page.ts';
import type { Place } from './place.ts';

describeFleet('loopback', 'what docs/recovering.md says of durable steps and gates', () => {
  let place: Place;
  beforeAll(async () => {
    place = await openReady({ kind: 'loopback', hosts: 3 });
  }, 120_000);
  afterAll(() => place.stop());

  const said = sections().filter(({ title }) => title in durableStates);
  test('there are some', () => expect(said).toHaveLength(Object.keys(durableStates).length));
  test.each(said)('$title', (section) => follow(place, section, durableStates[section.title]!));
});
