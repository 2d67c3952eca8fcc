import type { Terminal } from '../../src/report/terminal.ts';

interface Row {
  /** One string for each column; the second column of a wide character is empty. */
  cells: string[];
  /** The line goes on in the next row because it was too long. */
  wrapped: boolean;
}

export interface VirtualTerminalOptions {
  readonly columns: number;
  readonly rows: number;
  /** Re-wraps long lines when the width changes, as most terminals do; xterm does not. */
  readonly reflow?: boolean;
  /** What goes first when the height shrinks: lines under the cursor, or lines at the top. */
  readonly shrinks?: 'bottom' | 'top';
  /** Knows how to switch automatic wrapping off. */
  readonly canSwitchWrap?: boolean;
}

/** Columns of one code point, the way terminals count: each by itself, never a whole joined emoji. */
const columnsOf = (character: string): number => {
  if (/^[\p{M}\u200d\ufe0f]$/u.test(character)) return 0;
  return /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}]$/u.test(
    character,
  )
    ? 2
    : 1;
};

/**
 * As much of a terminal as the board needs, and nothing that it must not use: any other escape or
 * control character fails the test.
 */
export class VirtualTerminal implements Terminal {
  columns: number;
  rows: number;
  writes = 0;
  readonly #options: VirtualTerminalOptions;
  readonly #listeners = new Set<() => void>();
  #lines: Row[] = [{ cells: [], wrapped: false }];
  /** Index of the first line on the screen. */
  #top = 0;
  /** Index into all lines, scrolled away ones included. */
  #y = 0;
  #x = 0;
  #wraps = true;

  constructor(options: VirtualTerminalOptions) {
    this.#options = options;
    this.columns = options.columns;
    this.rows = options.rows;
  }

  onResize(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }
  get listeners(): number {
    return this.#listeners.size;
  }

  write(text: string): void {
    this.writes += 1;
    for (const [token] of text.matchAll(/\x1b\[\??[\d;]*[A-Za-z]|[^]/gu)) this.#put(token);
  }

  /** What a person sees, empty lines at the end left out. */
  get screen(): readonly string[] {
    return withoutEmptyEnd(this.#lines.slice(this.#top, this.#top + this.rows).map(rowText));
  }
  /** The same with everything that has scrolled away. */
  get everything(): readonly string[] {
    return withoutEmptyEnd(this.#lines.map(rowText));
  }
  get cursor(): { readonly column: number; readonly row: number } {
    return { column: this.#x, row: this.#y - this.#top };
  }

  resize(columns: number, rows: number): void {
    if (columns !== this.columns) this.#resizeWidth(columns);
    this.rows = rows;
    if (this.#options.shrinks === 'top') {
      this.#top = Math.min(this.#y, Math.max(0, this.#lines.length - rows));
    } else this.#top = Math.min(this.#y, Math.max(this.#top, this.#y - rows + 1));
    this.#lines = this.#lines.slice(0, this.#top + rows);
    for (const listener of this.#listeners) listener();
  }

  #put(token: string): void {
    if (token === '\n') {
      this.#newLine(false);
      this.#x = 0;
    } else if (token === '\r') this.#x = 0;
    else if (token.startsWith('\x1b')) this.#escape(token);
    else if (/\p{Cc}/u.test(token)) throw new Error(`control character ${JSON.stringify(token)}`);
    else this.#print(token);
  }

  #escape(token: string): void {
    const up = /^\x1b\[(\d+)A$/.exec(token);
    if (up !== null) this.#y = Math.max(this.#top, this.#y - Number(up[1]));
    else if (token === '\x1b[C') this.#x = Math.min(this.#x + 1, this.columns - 1);
    else if (token === '\x1b[K') {
      this.#row.cells.length = Math.min(this.#row.cells.length, this.#x);
      this.#row.wrapped = false;
    } else if (token === '\x1b[J') {
      // As tmux does: what is cleared from the first cell on is kept in the history.
      if (this.#x === 0 && this.#y === this.#top) {
        this.#y = this.#top = this.#lines.push({ cells: [], wrapped: false }) - 1;
        return;
      }
      this.#row.cells.length = Math.min(this.#row.cells.length, this.#x);
      this.#row.wrapped = false;
      this.#lines.length = this.#y + 1;
    } else if (token === '\x1b[?7l') this.#wraps = this.#options.canSwitchWrap === false;
    else if (token === '\x1b[?7h') this.#wraps = true;
    else if (!/^\x1b\[[\d;]*m$/.test(token)) throw new Error(`escape ${JSON.stringify(token)}`);
  }

  #print(character: string): void {
    const width = columnsOf(character);
    if (width === 0) {
      const before = this.#row.cells.findLastIndex((cell) => cell !== '');
      this.#row.cells[before] = (this.#row.cells[before] ?? '') + character;
      return;
    }
    if (this.#x + width > this.columns) {
      if (this.#wraps) {
        this.#newLine(true);
        this.#x = 0;
      } else this.#x = this.columns - width;
    }
    const { cells } = this.#row;
    while (cells.length < this.#x) cells.push(' ');
    cells[this.#x] = character;
    if (width === 2) cells[this.#x + 1] = '';
    this.#x += width;
  }

  #newLine(wrapped: boolean): void {
    this.#row.wrapped = wrapped;
    this.#y += 1;
    if (this.#y === this.#lines.length) this.#lines.push({ cells: [], wrapped: false });
    this.#top = Math.max(this.#top, this.#y - this.rows + 1);
  }

  get #row(): Row {
    return this.#lines[this.#y]!;
  }

  #resizeWidth(columns: number): void {
    this.columns = columns;
    if (this.#options.reflow === false) {
      for (const row of this.#lines) row.cells.length = Math.min(row.cells.length, columns);
      this.#x = Math.min(this.#x, columns - 1);
      return;
    }
    const fromTop = this.#y - this.#top;
    const lines: Row[] = [];
    let cursor = 0;
    let whole: string[] = [];
    let started = 0;
    for (const [index, row] of this.#lines.entries()) {
      if (index === this.#y) cursor = started + Math.floor((whole.length + this.#x) / columns);
      whole.push(...row.cells);
      if (row.wrapped) continue;
      do {
        const cells = whole.splice(0, columns);
        lines.push({ cells, wrapped: whole.length > 0 });
      } while (whole.length > 0);
      whole = [];
      started = lines.length;
    }
    this.#lines = lines;
    this.#y = cursor;
    this.#top = Math.max(0, cursor - fromTop);
  }
}

const rowText = ({ cells }: Row): string => cells.join('').trimEnd();

const withoutEmptyEnd = (rows: readonly string[]): readonly string[] =>
  rows.slice(0, rows.findLastIndex((row) => row !== '') + 1);
