/** How often each thing happened, for the tables at the end of a run. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(name: string, times = 1): void {
    this.#counts.set(name, this.of(name) + times);
  }

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  names(): readonly string[] {
    return [...this.#counts.keys()];
  }

  table(title: string): string {
    const rows = [...this.#counts].sort(([, a], [, b]) => b - a);
    const width = Math.max(title.length, ...rows.map(([name]) => name.length));
    return [
      `${title.padEnd(width)} | ${'times'.padStart(7)}`,
      `${'-'.repeat(width)} | ${'-'.repeat(7)}`,
      ...rows.map(([name, count]) => `${name.padEnd(width)} | ${String(count).padStart(7)}`),
    ].join('\n');
  }
}

/** What a life of a fleet is counted in. */
export interface Tallies {
  readonly events: Tally;
  readonly kept: Tally;
  readonly deleted: Tally;
}
