/** Where in shell text one stands: `plain` words, or inside something that has its own quoting rules. */
type Context = 'plain' | 'single' | 'double' | 'backtick' | 'parenthesis';

/**
 * Follows shell text piece by piece, so that `sh` can refuse a value that stands inside quotes: it is
 * quoted by itself, and quotes around quotes would open it up again.
 */
export class ShellContext {
  readonly #open: Context[] = [];

  get current(): Context {
    return this.#open.at(-1) ?? 'plain';
  }

  /** Whether one whole word may be inserted here. */
  get takesWord(): boolean {
    return this.current === 'plain' || this.current === 'parenthesis';
  }

  /** Goes on to the end of `text`, which is not inside an inserted value. */
  read(text: string): void {
    for (let at = 0; at < text.length; at += 1) {
      const char = text.charAt(at);
      if (this.current === 'single') {
        if (char === "'") this.#open.pop();
      } else if (char === '\\') at += 1;
      else if (char === '#' && this.current !== 'double' && /(^|[\s;&|(])$/.test(text.slice(0, at)))
        at = endOfLine(text, at);
      else if (char === '$' && text.charAt(at + 1) === '(') {
        this.#open.push('parenthesis');
        at += 1;
      } else this.#read(char);
    }
  }

  #read(char: string): void {
    const inDouble = this.current === 'double';
    if (char === '"') this.#toggle('double');
    else if (char === '`') this.#toggle('backtick');
    else if (char === "'" && !inDouble) this.#open.push('single');
    else if (char === '(' && !inDouble) this.#open.push('parenthesis');
    else if (char === ')' && this.current === 'parenthesis') this.#open.pop();
  }

  #toggle(context: Context): void {
    if (this.current === context) this.#open.pop();
    else this.#open.push(context);
  }
}

const endOfLine = (text: string, at: number): number => {
  const newline = text.indexOf('\n', at);
  return newline < 0 ? text.length : newline;
};
