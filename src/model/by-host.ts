/** One answer per host, in the order of the hosts. What a later step `needs` from an earlier one. */
export class ByHost<Value> {
  readonly #answers: ReadonlyMap<string, Value>;
  constructor(answers: Iterable<readonly [host: string, answer: Value]>) {
    this.#answers = new Map(answers);
  }
  /** The answer of one host, if the step ran there. */
  on(host: { readonly name: string }): Value | undefined {
    return this.#answers.get(host.name);
  }
  get hosts(): readonly string[] {
    return [...this.#answers.keys()];
  }
  get values(): readonly Value[] {
    return [...this.#answers.values()];
  }
  every(is: (value: Value, host: string) => boolean): boolean {
    return [...this.#answers].every(([host, value]) => is(value, host));
  }
  some(is: (value: Value, host: string) => boolean): boolean {
    return [...this.#answers].some(([host, value]) => is(value, host));
  }
}
