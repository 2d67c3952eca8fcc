/**
 * Python's ideas of whitespace, word and line end, which differ from JavaScript's at the edges
 * (U+FEFF is no whitespace there, U+0085 is; form feeds end a line). Ansible reads inventories by them.
 */
export const space = '[ \\t\\n\\r\\f\\v\\x1c-\\x1f\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
export const notSpace = space.replace('[', '');
export const word = '[\\p{L}\\p{N}_]';

const edges = new RegExp(`^${space}+|${space}+$`, 'gu');
const lineEnds = /\r\n|[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]/u;

/** `text.strip()`. */
export const strip = (text: string): string => text.replace(edges, '');

/** `text.splitlines()`. */
export const splitLines = (text: string): readonly string[] => {
  const lines = text.split(lineEnds);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
};
