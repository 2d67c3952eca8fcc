/**
 * A bounded number of places, handed out in the order they were asked for. Used for the channels
 * of one connection and for the handshakes through one jump host.
 */
export class Slots {
  #free: number;
  #ended: Error | undefined;
  readonly #waiting: { readonly admit: (leave: () => void) => void; readonly refuse: (reason: Error) => void }[] = [];

  constructor(limit: number) {
    this.#free = limit;
  }

  /** Whether `take` resolves at once. */
  get hasRoom(): boolean {
    return this.#free > 0 && this.#ended === undefined;
  }

  /**
   * Resolves with the way to give the place back; giving it back twice does no harm.
   * @throws what `end` was called with, now or while waiting.
   */
  take(): Promise<() => void> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve(this.#ticket());
    }
    return new Promise((admit, refuse) => this.#waiting.push({ admit, refuse }));
  }

  /** Turns away everyone who waits and everyone who comes. */
  end(reason: Error): void {
    this.#ended ??= reason;
    for (const { refuse } of this.#waiting.splice(0)) refuse(this.#ended);
  }

  #ticket(): () => void {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next.admit(this.#ticket());
    };
  }
}
