import { Malformed } from './malformed.ts';
import { stringAt, type StringToken } from './python-string.ts';

interface Parsed {
  readonly value: unknown;
  /** May be a member of a set or a key of a mapping. */
  readonly hashable: boolean;
  /** Takes a sign. */
  readonly numeric?: boolean;
}

/** The text is no literal: Ansible then keeps it as it is written. */
class NoLiteral extends Error {}

const number =
  /0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*)?\.\d(?:_?\d)*(?:[eE][+-]?\d(?:_?\d)*)?|\d(?:_?\d)*\.(?:[eE][+-]?\d(?:_?\d)*)?|\d(?:_?\d)*[eE][+-]?\d(?:_?\d)*|0(?:_?0)*(?![\d_])|[1-9](?:_?\d)*/y;
const name = /[A-Za-z_]\w*/y;
const constants: Readonly<Record<string, unknown>> = { True: true, False: false, None: null };

/** Recursive descent over one expression made of literals only, as `ast.literal_eval` takes it. */
class Reader {
  private readonly source: string;
  private at = 0;
  /** Something unhashable sits in a set or is a key: Python fails on it, but only if all else is well formed. */
  unhashable = false;

  constructor(source: string) {
    this.source = source;
  }

  whole(): unknown {
    const { value } = this.listed('');
    this.skip();
    if (this.at < this.source.length && this.source.charAt(this.at) !== '#') throw new NoLiteral();
    return value;
  }

  /** Expressions with commas between them up to `close`; one without a comma stands for itself. */
  private listed(close: string): Parsed {
    const items: Parsed[] = [];
    let commas = 0;
    while (!this.ends(close)) {
      if (items.length > commas) break;
      items.push(this.expression());
      if (this.takes(',')) commas += 1;
    }
    const [only] = items;
    if (only === undefined && close === '') throw new NoLiteral();
    if (only !== undefined && commas === 0) return only;
    return { value: items.map(({ value }) => value), hashable: items.every(({ hashable }) => hashable) };
  }

  private expression(): Parsed {
    this.skip();
    const character = this.source.charAt(this.at);
    if (character === '+' || character === '-') return this.signed(character);
    if (this.takes('(')) return this.closing(')', this.listed(')'));
    if (this.takes('[')) return this.closing(']', { value: this.items(']'), hashable: false });
    if (this.takes('{')) return this.closing('}', this.braces());
    return this.word() ?? this.text() ?? this.figure();
  }

  private signed(sign: string): Parsed {
    this.at += 1;
    this.skip();
    if (/[+-]/.test(this.source.charAt(this.at))) throw new NoLiteral();
    const operand = this.expression();
    if (operand.numeric !== true) throw new NoLiteral();
    const { value } = operand;
    if (sign === '+') return { value, hashable: true };
    return { value: typeof value === 'number' ? -value : `-${String(value)}`, hashable: true };
  }

  private items(close: string): readonly unknown[] {
    const items: unknown[] = [];
    while (!this.ends(close)) {
      items.push(this.expression().value);
      if (!this.takes(',')) break;
    }
    return items;
  }

  private braces(): Parsed {
    const keys: unknown[] = [];
    const entries = new Map<unknown, readonly [string, unknown]>();
    while (!this.ends('}')) {
      const key = this.expression();
      if (!key.hashable) this.unhashable = true;
      if (this.takes(':')) {
        const like = alike(key.value);
        entries.set(like, [entries.get(like)?.[0] ?? keyText(key.value), this.expression().value]);
      } else keys.push(key.value);
      if (!this.takes(',')) break;
    }
    if (keys.length > 0 && entries.size > 0) throw new NoLiteral();
    return { value: keys.length > 0 ? [...new Set(keys)] : Object.fromEntries(entries.values()), hashable: false };
  }

  private word(): Parsed | undefined {
    name.lastIndex = this.at;
    const found = name.exec(this.source)?.[0];
    if (found === undefined || !Object.hasOwn(constants, found)) return undefined;
    this.at += found.length;
    return { value: constants[found], hashable: true };
  }

  private text(): Parsed | undefined {
    const tokens: StringToken[] = [];
    for (let token = stringAt(this.source, this.at); token !== undefined; token = stringAt(this.source, this.at)) {
      tokens.push(token);
      this.at = token.end;
      this.skip();
    }
    const [first] = tokens;
    if (first === undefined) return undefined;
    if (tokens.some(({ bytes }) => bytes !== first.bytes)) throw new NoLiteral();
    return { value: tokens.map(({ value }) => value).join(''), hashable: true };
  }

  private figure(): Parsed {
    number.lastIndex = this.at;
    const found = number.exec(this.source)?.[0];
    if (found === undefined) throw new NoLiteral();
    this.at += found.length;
    if (/[\p{L}\p{N}_.]/u.test(this.source.charAt(this.at))) throw new NoLiteral();
    const plain = found.replaceAll('_', '');
    const value = Number(plain);
    if (!Number.isFinite(value)) throw new NoLiteral();
    // Python's integers have no end; ours would silently change their last digits.
    const exact = !/^\d+$/.test(plain) || Number.isSafeInteger(value);
    return { value: exact ? value : plain, hashable: true, numeric: true };
  }

  private closing(close: string, parsed: Parsed): Parsed {
    if (!this.takes(close)) throw new NoLiteral();
    return parsed;
  }

  private ends(close: string): boolean {
    this.skip();
    if (close !== '') return this.source.startsWith(close, this.at);
    return this.at >= this.source.length || this.source.charAt(this.at) === '#';
  }

  private takes(character: string): boolean {
    this.skip();
    if (!this.source.startsWith(character, this.at)) return false;
    this.at += 1;
    return true;
  }

  private skip(): void {
    while (this.at < this.source.length && ' \t\f'.includes(this.source.charAt(this.at))) this.at += 1;
  }
}

/** Python holds True and 1 for the same key, and keeps the one that came first. */
const alike = (key: unknown): unknown => (typeof key === 'boolean' ? Number(key) : key);

/** A mapping's key as JSON writes it: `True` becomes `true`. */
const keyText = (key: unknown): string => (typeof key === 'string' ? key : JSON.stringify(key));

/**
 * The value of an inventory variable, typed as Ansible types it: a Python literal where the text is
 * one (`80`, `True`, `['a']`), else the text itself (`010`, `yes`, `10.0.0.1`). Tuples and sets become
 * arrays; integers beyond 2^53 and strings
 * with `\N{…}` stay text. Throws `Malformed` where Python itself fails: `{{ 'x' }}` is
 * a set in a set.
 */
export const pythonValue = (source: string): unknown => {
  const reader = new Reader(source);
  try {
    const value = reader.whole();
    if (reader.unhashable) {
      throw new Malformed(`The value ${source} is a Python set in a set.`, `Templates need quotes: "${source}"`);
    }
    return value;
  } catch (error) {
    if (error instanceof NoLiteral || error instanceof RangeError) return source;
    throw error;
  }
};
