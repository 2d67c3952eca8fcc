import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import { durableStates } from './durable-states.ts';
import { follow, openReady } from './follow.ts';
import { sections, signposts } from './page.ts';
import type { Place } from './place.ts';
import { slowStates } from './slow-states.ts';
import { states } from './states.ts';

describeFleet('loopback', 'what docs/recovering.md says', () => {
  let place: Place;
  beforeAll(async () => {
    place = await openReady({ kind: 'loopback', hosts: 3 });
  }, 120_000);
  afterEach(async () => {
    for (const host of place.fleet.hosts) if (!host.alive()) await host.restart();
  });
  afterAll(() => place.stop());

  const said = sections();
  test('has a state for each of its headings, and a heading for each state', () => {
    const known = { ...states, ...durableStates, ...slowStates };
    expect(said.map(({ title }) => title).sort()).toEqual(Object.keys(known).sort());
  });

  test('its table leads from what status says to the section that shows it', () => {
    expect(signposts().length).toBeGreaterThan(20);
    const wrong = signposts().filter(
      ({ words, title }) =>
        said.find((each) => each.title === title)?.typed.some(({ printed }) => printed.join('\n').includes(words)) !==
        true,
    );
    expect(wrong).toEqual([]);
  });

  test.each(said.filter(({ title }) => title in states))('$title', (section) =>
    follow(place, section, states[section.title]!),
  );
});
