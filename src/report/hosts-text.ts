import { counted } from './words.ts';

interface Family {
  readonly before: string;
  readonly after: string;
  readonly numbers: string[];
}
interface Range {
  readonly text: string;
  readonly size: number;
}

/**
 * Host names, compactly, in the order in which they come: `web[01-12]`, `web[1-3,7]`, `db`. Names
 * are put together when they differ only in their last number.
 */
export const hostRanges = (names: readonly string[]): readonly string[] => ranges(names).map(({ text }) => text);

/** Host names for a sentence: a few by name, many as ranges, very many cut short. */
export const hostsText = (names: readonly string[], most = 6): string => {
  if (names.length <= 3) return names.join(', ');
  const all = ranges(names);
  const shown = all.length <= most ? all : all.slice(0, most - 1);
  const left = names.length - shown.reduce((sum, { size }) => sum + size, 0);
  return [...shown.map(({ text }) => text), ...(left === 0 ? [] : [`… and ${counted(left, 'more host')}`])].join(', ');
};

/** Groups hosts by what is said of them, in order of first appearance. */
export const byWhat = (
  entries: Iterable<readonly [host: string, what: string]>,
): readonly (readonly [what: string, hosts: readonly string[]])[] => {
  const groups = new Map<string, string[]>();
  for (const [host, what] of entries) {
    const hosts = groups.get(what);
    if (hosts === undefined) groups.set(what, [host]);
    else hosts.push(host);
  }
  return [...groups];
};

/** `X on all 3 hosts`; when they differ, `X on web1, web2; Y on db1`. */
export const whereText = (entries: readonly (readonly [host: string, what: string])[]): string => {
  const groups = byWhat(entries);
  const [only] = groups;
  return groups.length === 1 && only !== undefined && only[1].length > 1
    ? `${only[0]} on all ${counted(only[1].length, 'host')}`
    : groups.map(([what, hosts]) => `${what} on ${hostsText(hosts)}`).join('; ');
};

const ranges = (names: readonly string[]): readonly Range[] => {
  const families = new Map<string, Family>();
  for (const name of names) {
    const [, before = name, number = '', after = ''] = /^(.*?)(\d+)(\D*)$/.exec(name) ?? [];
    const key = JSON.stringify(number === '' ? [name] : [before, after]);
    const family = families.get(key) ?? { before, after, numbers: [] };
    family.numbers.push(number);
    families.set(key, family);
  }
  return [...families.values()].map(familyRange);
};

const familyRange = ({ before, after, numbers }: Family): Range => {
  const [only = ''] = numbers;
  const inside = numbers.length === 1 ? only : `[${runs(numbers).join(',')}]`;
  return { text: `${before}${inside}${after}`, size: numbers.length };
};

/** Neighbouring numbers joined; `09` is followed by `10`, and `9` is too. */
const runs = (numbers: readonly string[]): readonly string[] => {
  const found: { from: string; to: string }[] = [];
  for (const number of numbers.toSorted((a, b) => Number(a) - Number(b))) {
    const last = found.at(-1);
    if (last !== undefined && number === String(Number(last.to) + 1).padStart(last.to.length, '0')) last.to = number;
    else found.push({ from: number, to: number });
  }
  return found.map(({ from, to }) => (from === to ? from : `${from}-${to}`));
};
