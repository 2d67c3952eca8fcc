import { createRequire } from 'node:module';
import type { Document, Node, Scalar } from 'yaml';
import { problem, type Location, type Problem } from '../../model/problem.ts';

/** Loaded when the first YAML is read: `fab -l` reads none, and the library costs half a start of Node. */
const yaml = (): typeof import('yaml') => (loaded ??= createRequire(import.meta.url)('yaml') as typeof import('yaml'));
let loaded: typeof import('yaml') | undefined;

/** A value of a YAML file that still knows its line. */
export interface Yaml {
  readonly at: Location;
  /** The plain JavaScript value, aliases resolved. */
  readonly value: unknown;
  /** A scalar as it is written, so that `1e3` and `010` can stay text. Undefined for lists and mappings. */
  readonly text: string | undefined;
  /** The elements of a list. */
  readonly items: readonly Yaml[] | undefined;
  /** The entries of a mapping whose keys are scalars. */
  readonly entries: readonly YamlEntry[] | undefined;
}
export interface YamlEntry {
  readonly key: string;
  readonly at: Location;
  readonly value: Yaml;
}
export interface YamlReading {
  readonly root: Yaml | undefined;
  readonly problems: readonly Problem[];
}

/**
 * Reads one YAML document. Syntax errors and duplicate keys are problems with their line.
 * `place` says where a position lies when the text is no file: a `--set` or a variable.
 */
export const readYaml = (text: string, place: Location): YamlReading => {
  const { LineCounter, parseDocument } = yaml();
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'silent', prettyErrors: false });
  const locate = (offset: number): Location =>
    place.line === undefined ? { file: place.file, line: lines.linePos(offset).line } : place;
  const problems = document.errors.map(({ message, pos, code }) =>
    problem(code === 'DUPLICATE_KEY' ? 'The key is given twice.' : `No valid YAML: ${message}.`.replace(/\.+$/, '.'), {
      at: locate(pos[0]),
    }),
  );
  const root =
    problems.length > 0 || document.contents === null ? undefined : wrap(document.contents, document, locate);
  return { root, problems };
};

type Locate = (offset: number) => Location;

const wrap = (given: Node, document: Document, locate: Locate): Yaml => {
  const { isAlias, isMap, isPair, isScalar, isSeq } = yaml();
  const at = locate(given.range?.[0] ?? 0);
  const node = isAlias(given) ? (given.resolve(document) ?? given) : given;
  const inner = (child: unknown): Yaml => wrapUnknown(child, document, locate, at);
  return {
    at,
    get value() {
      return node.toJS(document) as unknown;
    },
    text: isScalar(node) ? writtenText(node) : undefined,
    get items() {
      return isSeq(node) ? node.items.map(inner) : undefined;
    },
    get entries() {
      if (!isMap(node)) return undefined;
      return node.items.filter(isPair).map(({ key, value }) => {
        const wrapped = inner(key);
        return {
          key: wrapped.text ?? String(wrapped.value),
          at: wrapped.at,
          value: value === null ? absent(wrapped.at) : inner(value),
        };
      });
    },
  };
};

/** Plain scalars keep their spelling: what YAML takes for a number may be meant as text. */
const writtenText = ({ value, type, source }: Scalar): string | undefined => {
  if (value === null) return undefined;
  if (type === 'PLAIN' && source !== undefined) return source;
  return typeof value === 'string' ? value : JSON.stringify(value);
};

const wrapUnknown = (child: unknown, document: Document, locate: Locate, at: Location): Yaml =>
  yaml().isNode(child) ? wrap(child, document, locate) : absent(at);

const absent = (at: Location): Yaml => ({ at, value: null, text: undefined, items: undefined, entries: undefined });
