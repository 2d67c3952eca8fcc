import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Phase } from '../../src/model/publish-record.ts';
import { describeFleet } from '../fleet/describe.ts';
import { openReady } from './follow.ts';
import type { Place } from './place.ts';
import { leaveInterrupted, releasesOn, type Left } from './plant.ts';

const on = (...left: readonly (readonly [Phase, 'before' | 'after'])[]): readonly Left[] => left;
const three = (phase: Phase): readonly Left[] => on([phase, 'before'], [phase, 'before'], [phase, 'before']);

/** How a deploy that was killed left its hosts, and which release they are brought to before anything else. */
const states: readonly (readonly [what: string, left: readonly Left[], settled: 'live' | 'interrupted'])[] = [
  ['prepared', three('prepared'), 'live'],
  ['decided, and no host renamed', three('decided'), 'interrupted'],
  [
    'decided, and one host renamed',
    on(['decided', 'before'], ['decided', 'after'], ['decided', 'before']),
    'interrupted',
  ],
  [
    'decided, and one host only prepared',
    on(['decided', 'before'], ['prepared', 'before'], ['decided', 'before']),
    'interrupted',
  ],
  ['being taken back', on(['undo', 'before'], ['undo', 'after'], ['undo', 'before']), 'live'],
  ['given up', three('aborted'), 'live'],
];

describeFleet('loopback', 'a task over a deploy that was interrupted', () => {
  let place: Place;
  beforeAll(async () => {
    place = await openReady({ kind: 'loopback', hosts: 3 });
  }, 120_000);
  afterAll(() => place.stop());

  test.each([
    ['rollback', 'older'],
    ['rollback --to', 'older'],
    ['deploy --same-commit', 'newest'],
    ['restart_services', 'older'],
  ] as const)('a deploy that went back after a failure: %s, all on the %s one', async (typed, expected) => {
    place.putBack('two');
    const [older, live] = releasesOn(place);
    leaveInterrupted(
      place,
      { release: older!, over: live! },
      on(['decided', 'before'], ['decided', 'after'], ['decided', 'before']),
    );
    const told = (await place.type('fab production status')).lines.join('\n');
    expect(told).toContain(`\`fab production rollback --to ${older!}\` brings every host to ${older!}`);
    const line = typed.endsWith('--to') ? `${typed} ${older!}` : typed;
    const { status, lines } = await place.type(`fab production ${line}`);
    expect({ status, lines: status === 0 ? [] : lines }).toEqual({ status: 0, lines: [] });
    const newest = releasesOn(place).at(-1);
    expect(place.hosts.map((host) => place.current(host))).toEqual(
      place.hosts.map(() => (expected === 'older' ? older : newest)),
    );
  });

  describe.each(states)('%s', (_, left, settled) => {
    const names = () => {
      const [older = '', live = '', interrupted = '', ...newer] = releasesOn(place);
      return { older, live, interrupted, newest: newer.at(-1) ?? '' };
    };
    test.each([
      ['deploy --same-commit', 'newest'],
      ['hotfix_deploy --same-commit', 'newest'],
      ['deploy --resume', 'interrupted'],
      ['deploy --hold --same-commit', settled],
      // The release that was live before the interrupted deploy, wherever that stands; before that one, where it came to nothing.
      ['rollback', left.some(([phase]) => phase === 'decided' || phase === 'undo') ? 'live' : 'older'],
      ['clean_releases', settled],
      ['restart_services', settled],
    ] as const)('%s: all on the %s one', async (typed, expected) => {
      place.putBack('complete');
      const { interrupted, live } = names();
      leaveInterrupted(place, { release: interrupted as never, over: live as never }, left);
      const { status, lines } = await place.type(`fab production ${typed}`);
      const shown = place.hosts.map((host) => place.current(host));
      expect({ status, shown, lines: status === 0 ? [] : lines }).toEqual({
        status: 0,
        shown: place.hosts.map(() => names()[expected]),
        lines: [],
      });
      // Whatever it was, nothing is left to be finished.
      expect((await place.type('fab production status')).status).toBe(0);
    });
  });
});
