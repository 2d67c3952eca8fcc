import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import { openDesk, type Desk } from '../end-to-end/world.ts';
import { follow, openReady } from './follow.ts';
import { sections } from './page.ts';
import type { Place } from './place.ts';
import { slowStates, typeAt } from './slow-states.ts';

describeFleet('namespaces', 'what docs/recovering.md says of machines, disks and links', () => {
  let place: Place;
  let desk: Desk;
  beforeAll(async () => {
    desk = openDesk();
    typeAt(desk);
    place = await openReady(
      { kind: 'namespaces', hosts: 3, homeBytes: 100 * 1024 * 1024 },
      {
        lease: 3,
        build: [
          'trap "" HUP; while [ -e ~/slow ]; do sleep 0.1; done',
          'if [ -e ~/fill ]; then dd if=/dev/zero of=filler bs=1M; fi',
        ],
      },
    );
  }, 180_000);
  afterEach(async () => {
    for (const host of place.fleet.hosts) await host.heal();
  });
  afterAll(async () => {
    await place.stop();
    desk.dispose();
  });

  const said = sections().filter(({ title }) => title in slowStates);
  test('there are some', () => expect(said).toHaveLength(Object.keys(slowStates).length));
  test.each(said)('$title', (section) => follow(place, section, slowStates[section.title]!), 120_000);
});
