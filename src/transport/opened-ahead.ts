import type { StreamChannel } from './channel.ts';

/**
 * One channel that was opened before its command was there: the command then waits once for the way there and back,
 * not three times. What runs at the far end has logged in, and reads a line before it does anything.
 */
export class OpenedAhead {
  #waiting: { readonly command: string; readonly channel: Promise<StreamChannel | undefined> } | undefined;

  get isEmpty(): boolean {
    return this.#waiting === undefined;
  }

  /** An opening that fails is forgotten: whoever needs a channel then opens one, and is told why there is none. */
  put(command: string, opening: Promise<StreamChannel>): void {
    const waiting = { command, channel: opening.catch(() => undefined) };
    this.#waiting = waiting;
    const forget = (): void => {
      if (this.#waiting === waiting) this.#waiting = undefined;
    };
    // So is a channel that ends by itself: a server may close those that say nothing for long.
    void waiting.channel.then((channel) => (channel === undefined ? forget() : channel.ended.then(forget, forget)));
  }

  /** The channel for this command line, if there is one; it is the caller's now. */
  async take(command: string): Promise<StreamChannel | undefined> {
    const waiting = this.#waiting;
    if (waiting?.command !== command) return undefined;
    this.#waiting = undefined;
    return waiting.channel;
  }

  /** Closes it, if there is one. */
  drop(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    void waiting?.channel.then((channel) => channel?.close());
  }
}
