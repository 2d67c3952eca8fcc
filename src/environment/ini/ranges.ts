import { Malformed } from './malformed.ts';

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const integer = /^\s*[+-]?\d+(?:_\d+)*\s*$/;
/** More hosts than anyone has; a slip such as web[1:100000000] must not fill the memory. */
const mostHosts = 100_000;

const whole = (text: string, pattern: string): number => {
  if (!integer.test(text)) throw new Malformed(`"${text}" in ${pattern} is no number and no letter.`, expected);
  return Number(text.replaceAll('_', ''));
};
const expected = 'A range is [begin:end] or [begin:end:step]: web[01:12], db[a:c], web[1:9:2].';

const letterRange = (begin: string, end: string, step: string, pattern: string): readonly string[] | undefined => {
  const [from, to, by] = [letters.indexOf(begin), letters.indexOf(end), whole(step, pattern)];
  if (from < 0 || to < 0 || by === 0) return undefined;
  if (from > to) throw new Malformed(`The range in ${pattern} begins after its end.`, expected);
  return Array.from(letters.slice(from, to + 1)).filter((_, index) => index % by === 0);
};

const numberRange = (begin: string, end: string, step: string, pattern: string): readonly string[] => {
  const [from, to, by] = [whole(begin, pattern), whole(end, pattern), whole(step, pattern)];
  if (by === 0) throw new Malformed(`The range in ${pattern} has the step 0.`, expected);
  const count = Math.max(0, Math.ceil((by > 0 ? to + 1 - from : from - to - 1) / Math.abs(by)));
  if (count > mostHosts) throw new Malformed(`The range in ${pattern} stands for ${count} hosts.`, expected);
  const width = begin.startsWith('0') && begin.length > 1 ? begin.length : 0;
  if (width > 0 && width !== end.length) {
    throw new Malformed(
      `Begin and end of the range in ${pattern} have different lengths.`,
      `Write ${end.padStart(width, '0')} or ${begin.replace(/^0+(?=.)/, '')}.`,
    );
  }
  return Array.from({ length: count }, (_, index) => String(from + index * by).padStart(width, '0'));
};

/** The names that a host pattern with `[begin:end]` or `[begin:end:step]` stands for, in order. Throws `Malformed`. */
export const expandRanges = (pattern: string): readonly string[] => {
  if (!pattern.includes('[')) return [pattern];
  const parts = pattern.replace('[', '|').replace(']', '|').split('|');
  const [head = '', inside = '', tail = ''] = parts;
  const [first = '', last = '', step = '1', ...more] = inside.split(':');
  if (parts.length !== 3 || more.length > 0 || !inside.includes(':')) {
    throw new Malformed(`${pattern} is no host name and no range of them.`, expected);
  }
  if (last === '') throw new Malformed(`The range in ${pattern} has no end.`, expected);
  const begin = first === '' ? '0' : first;
  const names = letterRange(begin, last, step, pattern) ?? numberRange(begin, last, step, pattern);
  return names.flatMap((name) => expandRanges(`${head}${name}${tail}`));
};
