import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isReleaseId, type ReleaseId } from '../../src/model/release.ts';
import type { HostSurvey } from '../../src/model/survey.ts';
import { decideRetention, rollbackTargetOn, type RetentionInput } from '../../src/plan/retention.ts';
import { day, live, now, record, release, surveyed } from './builders.ts';

/** What can happen to a fleet, one thing after another. Hosts are named by number; some things happen to all. */
type Event =
  | { readonly kind: 'deploy'; readonly failsOn: number; readonly unrecorded: boolean }
  | { readonly kind: 'rollback'; readonly back: number }
  | { readonly kind: 'private'; readonly host: number; readonly pin: Date | 'forever' | undefined }
  | { readonly kind: 'use' | 'lock' | 'lose'; readonly host: number; readonly which: number }
  | { readonly kind: 'forget'; readonly host: number }
  | { readonly kind: 'stray'; readonly host: number; readonly name: string };

const hostCount = 4;
const host = fc.nat({ max: hostCount - 1 });
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('deploy' as const),
      failsOn: fc.integer({ min: -6, max: hostCount - 1 }),
      unrecorded: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rollback' as const), back: fc.nat({ max: 3 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('private' as const),
      host,
      pin: fc.constantFrom(undefined, 'forever' as const, new Date(now.getTime() - 1), new Date(now.getTime() + 1)),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('use' as const, 'lock' as const, 'lose' as const),
      host,
      which: fc.nat({ max: 9 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget' as const), host }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('stray' as const),
      host,
      name: fc.constantFrom('tmp', 'a b', '2026-13-01_00.00.00'),
    }),
  },
);

const changed = (one: HostSurvey, which: number, change: object): HostSurvey => ({
  ...one,
  releases: one.releases.map((each, index) => (index === which % one.releases.length ? { ...each, ...change } : each)),
});

const happen = (hosts: readonly HostSurvey[], what: Event, index: number): readonly HostSurvey[] => {
  const id = day(index + 1);
  switch (what.kind) {
    case 'deploy':
      return hosts.map((one, number) => {
        const failed = what.failsOn >= 0;
        const state = failed && number === what.failsOn ? 'failed' : failed ? 'building' : 'built';
        const made = { ...one, releases: [...one.releases, release(id, { record: record(id, { state }) })] };
        if (failed) return made;
        return { ...made, current: live(id), recorded: what.unrecorded ? one.recorded : [...one.recorded, id] };
      });
    case 'rollback':
      return hosts.map((one) => {
        const target = one.recorded
          .filter((name) => one.releases.some((each) => each.name === name))
          .at(-1 - what.back);
        return target === undefined
          ? one
          : { ...one, current: live(target), recorded: one.recorded.slice(0, one.recorded.indexOf(target) + 1) };
      });
    case 'private':
      return hosts.map((one, number) =>
        number === what.host ? { ...one, releases: [...one.releases, release(id, { pinnedUntil: what.pin })] } : one,
      );
    case 'use':
      return hosts.map((one, number) => (number === what.host ? changed(one, what.which, { inUse: true }) : one));
    case 'lock':
      return hosts.map((one, number) => (number === what.host ? changed(one, what.which, { locked: true }) : one));
    case 'lose':
      return hosts.map((one, number) =>
        number === what.host ? { ...one, releases: one.releases.filter((_, each) => each !== what.which) } : one,
      );
    case 'forget':
      return hosts.map((one, number) => (number === what.host ? { ...one, recorded: [] } : one));
    case 'stray':
      return hosts.map((one, number) =>
        number === what.host && !one.releases.some(({ name }) => name === what.name)
          ? { ...one, releases: [...one.releases, release(what.name, { record: undefined })] }
          : one,
      );
  }
};

const fleet = fc
  .record({
    count: fc.integer({ min: 1, max: hostCount }),
    blind: fc.nat({ max: 15 }),
    events: fc.array(event, { maxLength: 25 }),
  })
  .map(({ count, blind, events }) => {
    const begin = Array.from({ length: count }, (_, number) =>
      surveyed(`web${number + 1}`, { seesProcesses: (blind & (1 << number)) === 0 }),
    );
    return events.reduce<readonly HostSurvey[]>(happen, begin);
  });

const question = fc.record({
  hosts: fleet,
  keep: fc.integer({ min: 1, max: 6 }),
  building: fc.option(fc.integer({ min: 1, max: 26 }).map(day), { nil: undefined }),
  now: fc.constantFrom(now, new Date('2026-11-27T00:00:00Z'), new Date('2027-01-01T00:00:00Z')),
});

const deletedBy = (input: RetentionInput): readonly string[] =>
  decideRetention(input)
    .verdicts.filter(({ keep }) => !keep)
    .map(({ name }) => name);

const runs = { numRuns: 2000 };

test('nothing that anybody needs is deleted, whatever the fleet has been through', () => {
  fc.assert(
    fc.property(question, (input) => {
      const { hosts, building } = input;
      const needed = new Set<string | undefined>([
        building,
        ...hosts.map(({ current }) => (current.kind === 'release' ? current.id : undefined)),
        ...hosts.map(rollbackTargetOn),
        ...hosts.flatMap(({ releases }) =>
          releases
            .filter(
              ({ name, pinnedUntil, inUse, locked }) =>
                inUse ||
                locked ||
                !isReleaseId(name) ||
                pinnedUntil === 'forever' ||
                (pinnedUntil && pinnedUntil > input.now),
            )
            .map(({ name }) => name),
        ),
      ]);
      expect(deletedBy(input).filter((name) => needed.has(name))).toEqual([]);
    }),
    runs,
  );
});

test('at least as many successful ones remain as are to be kept, or all there are', () => {
  fc.assert(
    fc.property(question, (input) => {
      const present = new Set(input.hosts.flatMap(({ releases }) => releases.map(({ name }) => name)));
      const successful = [...present].filter(
        (name) => isReleaseId(name) && input.hosts.some(({ recorded }) => recorded.includes(name)),
      );
      const gone = deletedBy(input);
      const left = successful.filter((name) => !gone.includes(name));
      expect(left.length).toBeGreaterThanOrEqual(Math.min(input.keep, successful.length));
      // And the newest ones are among them.
      const newest = successful.sort().slice(-input.keep);
      expect(newest.filter((name) => gone.includes(name))).toEqual([]);
      // With fewer than that, nothing that was built goes.
      if (successful.length < input.keep)
        for (const { releases } of input.hosts)
          for (const { name, record: own } of releases)
            if (gone.includes(name) && own?.state === 'built')
              expect(
                input.hosts.some((one) =>
                  one.releases.some((each) => each.name === name && each.record?.state !== 'built'),
                ),
              ).toBe(true);
    }),
    runs,
  );
});

test('to keep more never deletes more', () => {
  fc.assert(
    fc.property(question, (input) => {
      const more = deletedBy({ ...input, keep: input.keep + 1 });
      expect(more.filter((name) => !deletedBy(input).includes(name))).toEqual([]);
    }),
    runs,
  );
});

test('the order of the hosts changes no decision', () => {
  fc.assert(
    fc.property(question, (input) => {
      const reversed = decideRetention({ ...input, hosts: [...input.hosts].reverse() }).verdicts;
      const kept = (verdicts: typeof reversed) =>
        verdicts.map(({ name, keep, hosts }) => [name, keep, [...hosts].sort()]);
      expect(kept(reversed)).toEqual(kept(decideRetention(input).verdicts));
    }),
    runs,
  );
});

test('a second cleaning right after the first finds nothing to do', () => {
  fc.assert(
    fc.property(question, (input) => {
      const gone = deletedBy(input);
      const hosts = input.hosts.map((one) => ({
        ...one,
        releases: one.releases.filter(({ name }) => !gone.includes(name)),
      }));
      expect(deletedBy({ ...input, hosts })).toEqual([]);
    }),
    runs,
  );
});

test('what is deleted is deleted where it lies, and every release is spoken of once', () => {
  fc.assert(
    fc.property(question, (input) => {
      const { verdicts } = decideRetention(input);
      const names = verdicts.map(({ name }) => name);
      expect(names).toEqual(
        [...new Set(input.hosts.flatMap(({ releases }) => releases.map(({ name }) => name)))].sort().reverse(),
      );
      for (const { name, hosts } of verdicts)
        expect(hosts).toEqual(
          input.hosts
            .filter(({ releases }) => releases.some((each) => each.name === (name as ReleaseId)))
            .map((one) => one.host),
        );
    }),
    runs,
  );
});
