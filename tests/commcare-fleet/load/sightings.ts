/** When a version was seen by the clients, in milliseconds of the load. */
export interface Sighting {
  readonly version: string;
  readonly first: number;
  readonly last: number;
  readonly answers: number;
}

/** The versions that answered, in the order in which each was first seen; one that came back is seen anew. */
export class Sightings {
  readonly #all: { version: string; first: number; last: number; answers: number }[] = [];
  /** A version that was not seen for so long has gone; seen again, it has come back. */
  readonly #gone = 20_000;

  saw(version: string, at: number): void {
    const known = this.#all.findLast((each) => each.version === version);
    if (known !== undefined && at - known.last < this.#gone) {
      known.last = at;
      known.answers += 1;
    } else this.#all.push({ version, first: at, last: at, answers: 1 });
  }

  get all(): readonly Sighting[] {
    return this.#all;
  }
}
