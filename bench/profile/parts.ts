/** An event of `--json`, as far as it says where a deploy is. */
export interface Told {
  readonly type: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly step?: string;
  readonly name?: string;
  readonly sentence?: string;
}

/** A stretch of a deploy to one host. */
export interface Part {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
}

/** What begins with an event, if anything does. */
const begunBy = ({ type, step, name, sentence }: Told): string | undefined => {
  switch (type) {
    case 'run-started':
      return 'hold the locks';
    case 'host-started':
      return step === 'release.publish' ? undefined : step === 'release.clean' ? 'look again' : step;
    case 'phase':
      return name === 'lock' ? undefined : name;
    case 'said':
      return step === 'release.clean' && sentence?.startsWith('deleted ') === true ? 'release.clean' : undefined;
    case 'run-finished':
      return 'let go';
    default:
      return undefined;
  }
};

/** A deploy to one host, cut where its events say that something else begins. */
export const partsOf = (events: readonly Told[], began: number, ended: number): readonly Part[] => {
  const cuts = [
    { name: 'connect, look', at: began },
    ...events.flatMap((event) => {
      const name = begunBy(event);
      return name === undefined ? [] : [{ name, at: event.at }];
    }),
  ];
  return cuts.map(({ name, at }, index) => ({ name, from: at, to: cuts[index + 1]?.at ?? ended }));
};

/** How much had been used by then: readings of a meter that only goes up, and what lies between two of them. */
export const usedAt = (readings: readonly (readonly [at: number, used: number])[], moment: number): number => {
  const after = readings.findIndex(([at]) => at >= moment);
  const [next, last] = [readings[after], readings[after < 0 ? readings.length - 1 : after - 1]];
  if (next === undefined) return last?.[1] ?? 0;
  if (last === undefined || next[0] === last[0]) return next[1];
  return last[1] + ((moment - last[0]) / (next[0] - last[0])) * (next[1] - last[1]);
};
