import { readFileSync, writeFileSync } from 'node:fs';

/** A line that somebody types, and what docs/recovering.md says comes of it. */
export interface Typed {
  readonly line: string;
  /** What it prints, `…` for lines left out. */
  readonly printed: readonly string[];
}

/** One state: its heading, and what is typed under it. */
export interface Section {
  readonly title: string;
  readonly typed: readonly Typed[];
}

const document = 'docs/recovering.md';
const block = /```console\n([\s\S]*?)```/g;

/** The states of docs/recovering.md: every `###` heading that has something to type under it. */
export const sections = (): readonly Section[] =>
  readFileSync(document, 'utf8')
    .split(/^#{2,3} /m)
    .slice(1)
    .map((text) => ({
      title: text.slice(0, text.indexOf('\n')).trim(),
      typed: [...text.matchAll(block)].flatMap(([, inside = '']) => typedIn(inside)),
    }))
    .filter(({ typed }) => typed.length > 0);

/** The rows of its table «status says»: words, and the heading that they lead to. */
export const signposts = (): readonly { readonly words: string; readonly title: string }[] =>
  [...readFileSync(document, 'utf8').matchAll(/^\| `([^`]+)` \| \[([^\]]+)\]\(#([^)]+)\) \|$/gm)].map(
    ([, words = '', title = '', anchor = '']) => ({
      words,
      title: anchor === anchorOf(title) ? title : `#${anchor}, which is nowhere`,
    }),
  );

/** As the usual renderers of Markdown make it. */
const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

const typedIn = (inside: string): readonly Typed[] =>
  inside
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const [line = '', ...printed] = text.trimEnd().split('\n');
      return { line, printed };
    });

/** With `UPDATE_DOCS=1`: writes what was really printed over what the page says under the line with this index. */
export const correct = ({ title, typed }: Section, index: number, printed: readonly string[]): void => {
  const text = readFileSync(document, 'utf8');
  const each = typed[index];
  if (each === undefined) return;
  const before = typed.slice(0, index).filter(({ line }) => line === each.line).length;
  let at = text.search(new RegExp(`^#{2,3} ${escaped(title)}$`, 'm'));
  for (let count = 0; count <= before; count += 1) at = text.indexOf(`\n$ ${each.line}\n`, at + 1);
  const from = at + `\n$ ${each.line}\n`.length;
  const end = /^(\$ |```)/m.exec(text.slice(from));
  if (at < 0 || end === null) throw new Error(`«${each.line}» is not under ${title} in ${document}`);
  writeFileSync(document, `${text.slice(0, from)}${printed.join('\n')}\n${text.slice(from + end.index)}`);
};

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Names of releases, moments, commits, places and people, which differ from run to run, out of the way. */
export const masked = (line: string): string =>
  line
    .replace(/\d{4}-\d\d-\d\d_\d\d\.\d\d\.\d\d/g, 'RELEASE')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'MOMENT')
    .replace(/\b\d\d:\d\d:\d\d\b/g, 'TIME')
    .replace(/\b[0-9a-f]{10}\b/g, 'COMMIT')
    .replace(/\bby \S+ on [^\s:,)]+/g, 'by WHO on MACHINE')
    .replace(/process \d+/g, 'process N')
    .replace(/\d+ min\b/g, 'N min')
    .replace(/\d+(\.\d)? s\b/g, 'T s')
    .replace(/SHA256:\S+/g, 'FINGERPRINT')
    .replace(/(?:~|\/\S*)\/www\//g, '~/www/')
    .replace(/\b10\.\d+\.\d+\.\d+/g, 'ADDRESS')
    .replace(/ +/g, ' ')
    .trimEnd();

/** Whether the lines printed are what the page says, its `…` standing for any lines. */
export const agrees = (printed: readonly string[], said: readonly string[]): boolean => {
  const [lines, parts] = [printed.map(masked).filter(isText), splitAt(said.map(masked).filter(isText), '…')];
  let from = 0;
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1;
    const at = index === 0 ? 0 : last ? Math.max(from, lines.length - part.length) : find(lines, part, from);
    if (at < 0 || part.some((line, offset) => lines[at + offset] !== line)) return false;
    from = at + part.length;
    if (last && from !== lines.length) return false;
  }
  return true;
};

const isText = (line: string): boolean => line !== '';

const splitAt = (lines: readonly string[], mark: string): readonly (readonly string[])[] =>
  lines.reduce<string[][]>(
    (parts, line) => {
      if (line === mark) parts.push([]);
      else parts.at(-1)?.push(line);
      return parts;
    },
    [[]],
  );

const find = (lines: readonly string[], part: readonly string[], from: number): number => {
  for (let at = from; at + part.length <= lines.length; at += 1)
    if (part.every((line, offset) => lines[at + offset] === line)) return at;
  return -1;
};
