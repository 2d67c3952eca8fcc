/** Where a string literal ended, and what it stands for. */
export interface StringToken {
  readonly value: string;
  readonly end: number;
  /** Written with a b; Python joins it only with its like. */
  readonly bytes: boolean;
}

const opening = /(?<prefix>[rR][bB]?|[bB][rR]?|[uU])?(?<quote>'''|"""|'|")/y;
const simple: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
const escapes = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|(N\{)|(x|u|U)|([^]))/gu;

const unescape = (raw: string): string | undefined => {
  const broken: string[] = [];
  const value = raw.replace(escapes, (whole: string, ...groups: (string | undefined)[]) => {
    const [hex, short, long, octal, named, cut, other = ''] = groups;
    const digits = hex ?? short ?? long;
    const code = octal !== undefined ? parseInt(octal, 8) : digits === undefined ? undefined : parseInt(digits, 16);
    if (code === undefined && named === undefined && cut === undefined) return simple[other] ?? whole;
    if (code !== undefined && code <= 0x10ffff) return String.fromCodePoint(code);
    broken.push(whole);
    return whole;
  });
  return broken.length > 0 ? undefined : value;
};

/**
 * Reads one Python string literal (`'…'`, `"…"`, tripled, with the prefixes r, b and u) at `from`.
 * Undefined when there is none, or one that is not well formed. Bytes are read as their text.
 */
export const stringAt = (source: string, from: number): StringToken | undefined => {
  opening.lastIndex = from;
  const found = opening.exec(source)?.groups;
  if (found === undefined) return undefined;
  const { prefix = '', quote = '' } = found;
  const start = opening.lastIndex;
  let at = start;
  while (at < source.length && !source.startsWith(quote, at)) at += source.charAt(at) === '\\' ? 2 : 1;
  if (at >= source.length) return undefined;
  const raw = source.slice(start, at);
  const value = /r/i.test(prefix) ? raw : unescape(raw);
  return value === undefined ? undefined : { value, end: at + quote.length, bytes: /b/i.test(prefix) };
};
