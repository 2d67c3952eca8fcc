/** Everything that is left to chance in a schedule, from one seed. */
export class Chance {
  #state: number;
  constructor(seed: number) {
    this.#state = (seed * 2654435761) >>> 0;
    this.below(1);
  }

  /** mulberry32. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number from 0 to just below this. */
  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  is(probability: number): boolean {
    return this.#next() < probability;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }
}
