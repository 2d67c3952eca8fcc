/** One word as it was typed, and its place: a flag takes a value only from the very next word. */
export interface Typed {
  readonly text: string;
  readonly at: number;
}

/** argv with each word's place. */
export const typedWords = (argv: readonly string[]): readonly Typed[] => argv.map((text, at) => ({ text, at }));

/** Hyphens and underscores are the same to us: `setup-release` is `setup_release`. */
export const canonical = (name: string): string => name.replaceAll('-', '_');

export const sameName = (one: string, other: string): boolean => canonical(one) === canonical(other);

/** `keep_days` → `--keep-days`. */
export const flagOf = (name: string): string => `--${name.replaceAll('_', '-')}`;

/** `-1` and `-` are values: only a letter or a second hyphen makes a flag. */
export const isFlag = (text: string): boolean => text.startsWith('--') || /^-[A-Za-z]/.test(text);

/** `--branch=a=b` → name `branch`, value `a=b`; without `=` there is no value. */
export const splitFlag = (text: string): { readonly name: string; readonly value: string | undefined } => {
  const bare = text.replace(/^--?/, '');
  const equals = bare.indexOf('=');
  return equals === -1
    ? { name: bare, value: undefined }
    : { name: bare.slice(0, equals), value: bare.slice(equals + 1) };
};

/** `key=value` at the first `=`. */
export const splitPair = (text: string): readonly [key: string, value: string] | undefined => {
  const equals = text.indexOf('=');
  return equals === -1 ? undefined : [text.slice(0, equals), text.slice(equals + 1)];
};

/** Splits at commas, but not at `\,`, which becomes a comma: Fabric's rule, and its only escape. */
export const splitAtCommas = (text: string): readonly string[] =>
  text.split(/(?<!\\),/).map((part) => part.replaceAll('\\,', ','));

/** The other way round: one element of such a list. */
export const escapeCommas = (text: string): string => text.replaceAll(',', '\\,');

/** Typed text inside a sentence; what a terminal would act on is shown as an escape. */
export const shown = (text: string): string =>
  `«${text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/g, (char) => JSON.stringify(char).slice(1, -1))}»`;
