const hidden = '«secret»';

/**
 * A value that is never shown. It turns into «secret» wherever it is printed, and `sh` refuses
 * it: a secret reaches a host through `host.env({ KEY: value })`, which travels on standard
 * input, never in an argument that a process list would show.
 */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return hidden;
  }
  toJSON(): string {
    return hidden;
  }
}

/** Shorter values are too common to be replaced in output without garbling it. */
const shortest = 4;

/** Replaces every registered secret in text that is about to be shown, logged or journalled. */
export type Redact = (text: string) => string;

/**
 * Builds the one function that all outputs pass through. A secret of several lines is hidden line
 * by line too, because output is handled a line at a time.
 */
export const redactor = (secrets: readonly string[]): Redact => {
  const needles = [...new Set(secrets.flatMap((secret) => [secret, ...secret.split(/\r?\n/)]))]
    .filter((needle) => needle.length >= shortest)
    .sort((a, b) => b.length - a.length);
  if (needles.length === 0) return (text) => text;
  return (text) => needles.reduce((shown, needle) => shown.replaceAll(needle, hidden), text);
};
