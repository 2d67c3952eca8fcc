import fc from 'fast-check';

export const kinds = [
  'nothing',
  'deploy',
  'unrecorded deploy',
  'failed build',
  'failed restart',
  'hotfix',
  'rollback',
  'private release',
  'build begins elsewhere',
  'build ends elsewhere',
  'clean',
  'time passes',
  'process starts',
  'process ends',
  'RELEASES.txt unreadable',
  'RELEASES.txt readable',
  'sight changes',
  'copy lost',
  'stray directory',
] as const;

export type Kind = (typeof kinds)[number];

/** Something happens; the numbers choose among what there is when it does. */
export interface Event {
  readonly kind: Kind;
  readonly host: number;
  readonly which: number;
  readonly amount: number;
}

const weights: Partial<Record<Kind, number>> = {
  deploy: 6,
  rollback: 2,
  clean: 4,
  'private release': 2,
  'time passes': 3,
  'process starts': 3,
  'process ends': 2,
  'RELEASES.txt readable': 2,
  'build ends elsewhere': 2,
};

const eventOf = (kind: Kind): fc.Arbitrary<Event> =>
  fc.record({ kind: fc.constant(kind), host: fc.nat(11), which: fc.nat(30), amount: fc.nat(11) });

/** A life of a fleet. A failing one shrinks to `nothing` where something does not matter. */
export const life = (length: number, without: readonly Kind[] = []): fc.Arbitrary<readonly Event[]> =>
  fc.array(
    fc.oneof(
      { withCrossShrink: true },
      ...kinds
        .filter((kind) => !without.includes(kind))
        .map((kind) => ({ weight: weights[kind] ?? 1, arbitrary: eventOf(kind) })),
    ),
    { minLength: length, maxLength: length },
  );

/** The events of a shrunk life that still matter, one a line. */
export const told = (events: readonly Event[]): string =>
  events
    .filter(({ kind }) => kind !== 'nothing')
    .map(({ kind, host, which, amount }) => `  ${kind} (host ${host}, which ${which}, amount ${amount})`)
    .join('\n');
