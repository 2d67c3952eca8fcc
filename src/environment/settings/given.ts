import { problem, type Problem } from '../../model/problem.ts';
import { nearest } from '../../model/nearest.ts';
import { readYaml, type Yaml } from './yaml-values.ts';

/** Where a setting's value comes from, the strongest first. */
export type Origin = 'set' | 'variable' | 'file' | 'default';

/** A value that somebody gave, before it is checked. */
export interface Given {
  readonly origin: Exclude<Origin, 'default'>;
  readonly yaml: Yaml;
  /** How a person wrote it: `--set forks`, `FAB_FORKS`; undefined for a line of the file. */
  readonly wrote?: string;
}
export interface GivenValues {
  readonly values: ReadonlyMap<string, Given>;
  readonly problems: readonly Problem[];
  readonly notices: readonly string[];
}
export type Pairs = readonly (readonly [key: string, value: string])[];

/** The pairs of `--set`. A key that is not known, or that comes twice, is a problem. */
export const fromSet = (pairs: Pairs, known: ReadonlySet<string>): GivenValues => {
  const readings = pairs.map(([key, value], index): GivenValues => {
    const twice = pairs.findIndex(([other]) => other === key) < index;
    if (twice) return only(problem(`--set ${key} is given twice.`));
    if (!known.has(key)) return only(problem(`--set ${key}: there is no such setting.`, hintFor(key, known)));
    return one(key, value, 'set', `--set ${key}`);
  });
  return merged(readings);
};

/** The variables `FAB_<KEY>` of known settings; an empty one counts as not given. */
export const fromVariables = (
  variables: Readonly<Record<string, string | undefined>>,
  known: ReadonlySet<string>,
): GivenValues =>
  merged(
    [...known].map((key): GivenValues => {
      const name = `FAB_${key.toUpperCase()}`;
      const value = variables[name];
      return value === undefined || value.trim() === '' ? nothing : one(key, value, 'variable', name);
    }),
  );

/** The entries of `fab-settings.yml`. A key that is not known is a notice: a later version may know it. */
export const fromFile = (text: string, file: string, known: ReadonlySet<string>): GivenValues => {
  const { root, problems } = readYaml(text, { file });
  if (root === undefined) return { ...nothing, problems };
  if (root.entries === undefined) {
    return only(problem('The settings must be a mapping, one "key: value" per line.', { at: root.at }));
  }
  return merged(
    root.entries.map(({ key, at, value }): GivenValues => {
      if (known.has(key)) return { ...nothing, values: new Map([[key, { origin: 'file', yaml: value }]]) };
      const { hint } = hintFor(key, known);
      const meant = hint === undefined ? '' : ` ${hint}`;
      return {
        ...nothing,
        notices: [`${file}:${at.line ?? 1}: the setting ${key} is not known and not used.${meant}`],
      };
    }),
  );
};

const nothing: GivenValues = { values: new Map(), problems: [], notices: [] };
const only = (...problems: readonly Problem[]): GivenValues => ({ ...nothing, problems });

const one = (key: string, text: string, origin: 'set' | 'variable', wrote: string): GivenValues => {
  const { root, problems } = readYaml(text, { file: wrote, line: 1 });
  if (problems.length > 0) return only(...problems.map(({ sentence }) => problem(`${wrote}: ${sentence}`)));
  const yaml = root ?? { at: { file: wrote }, value: null, text: undefined, items: undefined, entries: undefined };
  return { ...nothing, values: new Map([[key, { origin, yaml, wrote }]]) };
};

const hintFor = (key: string, known: ReadonlySet<string>): { readonly hint?: string } => {
  const near = nearest(key, known);
  return near === undefined ? {} : { hint: `Did you mean ${near}?` };
};

/** Puts readings together; where two hold one key, the later one wins. */
export const merged = (readings: readonly GivenValues[]): GivenValues => ({
  values: new Map(readings.flatMap(({ values }) => [...values])),
  problems: readings.flatMap(({ problems }) => problems),
  notices: readings.flatMap(({ notices }) => notices),
});
