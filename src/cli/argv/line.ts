import { isFlag, type Typed } from './spelling.ts';

/** A place in a command line. */
export class Line {
  readonly #typed: readonly Typed[];
  #index = -1;

  constructor(typed: readonly Typed[]) {
    this.#typed = typed;
  }

  /** Goes on to the next word; nothing at the end. */
  take(): Typed | undefined {
    this.#index += 1;
    return this.#typed[this.#index];
  }

  /** The word right after this one; nothing if a global flag stood between, or at the end. */
  get next(): string | undefined {
    const here = this.#typed[this.#index];
    const next = this.#typed[this.#index + 1];
    return here !== undefined && next?.at === here.at + 1 ? next.text : undefined;
  }

  /** The next word if a flag may take it. */
  get nextValue(): string | undefined {
    return this.next === undefined || isFlag(this.next) ? undefined : this.next;
  }

  get all(): readonly string[] {
    return this.#typed.map(({ text }) => text);
  }

  get remaining(): readonly string[] {
    return this.all.slice(this.#index + 1);
  }

  /** What is still to come before `--`. */
  get ahead(): readonly string[] {
    const dashes = this.remaining.indexOf('--');
    return dashes === -1 ? this.remaining : this.remaining.slice(0, dashes);
  }
}
