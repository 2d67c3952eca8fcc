import type { Problem } from '../../model/problem.ts';
import type { Yaml } from './yaml-values.ts';

/** What is wrong with a value: where, and the rest of a sentence that starts with the setting's name. */
export interface Fault {
  readonly at: Problem['at'];
  readonly says: string;
  readonly hint?: string;
}
export type Read<Value> = { readonly value: Value } | { readonly faults: readonly Fault[] };

/** One setting: its kind in words, its default and how its YAML is read. */
export interface Setting<Value> {
  readonly kind: string;
  readonly description: string;
  readonly default: Value;
  /** Says who reads it when that is not every environment. */
  readonly group: 'fabwright' | 'packaged fabfile' | 'CommCare';
  read(yaml: Yaml): Read<Value>;
}
export type SettingValue<S> = S extends Setting<infer Value> ? Value : never;

type Described = Pick<Setting<unknown>, 'description' | 'group'>;

export const fault = (yaml: Yaml, says: string, hint?: string): { readonly faults: readonly Fault[] } => ({
  faults: [{ at: yaml.at, says, ...(hint === undefined ? {} : { hint }) }],
});

/** Joins the readings of a list's elements: every fault, or all values. */
export const joined = <Value>(readings: readonly Read<Value>[]): Read<readonly Value[]> => {
  const faults = readings.flatMap((each) => ('faults' in each ? each.faults : []));
  return faults.length > 0 ? { faults } : { value: readings.flatMap((each) => ('value' in each ? [each.value] : [])) };
};

/** Looks at a text and says the rest of "<setting> …" when it will not do. */
export type Check = (text: string) => string | undefined;

const lineOfText = (yaml: Yaml, check?: Check): Read<string> => {
  const text = yaml.text;
  if (text === undefined) return fault(yaml, 'must be text');
  if (text.trim() === '') return fault(yaml, 'must not be empty');
  if (text.includes('\0')) return fault(yaml, 'must not contain a NUL character');
  const wrong = check?.(text);
  return wrong === undefined ? { value: text } : fault(yaml, wrong);
};

/** Text on a line of its own; `undefined` unless given or by default. */
export function text(more: Described & { default: string; check?: Check; kind?: string }): Setting<string>;
export function text(more: Described & { check?: Check; kind?: string }): Setting<string | undefined>;
export function text(
  more: Described & { default?: string; check?: Check; kind?: string },
): Setting<string | undefined> {
  const { check, ...rest } = more;
  return { kind: 'text', default: undefined, ...rest, read: (yaml) => lineOfText(yaml, check) };
}

/** A list of text; one text counts as a list of one, cut at `separator` when there is one. */
export const texts = ({
  check,
  separator,
  ...rest
}: Described & { default?: readonly string[]; check?: Check; kind?: string; separator?: string }): Setting<
  readonly string[]
> => ({
  kind: 'list of text',
  default: [],
  ...rest,
  read: (yaml) => {
    if (yaml.items !== undefined) return joined(yaml.items.map((item) => lineOfText(item, check)));
    const one = lineOfText(yaml);
    if ('faults' in one) return fault(yaml, 'must be a list of text');
    const parts = separator === undefined ? [one.value] : one.value.split(separator);
    return joined(
      parts.map((part) =>
        lineOfText({ ...yaml, at: yaml.at, text: part, value: part, items: undefined, entries: undefined }, check),
      ),
    );
  },
});

/** The same, told apart from its default when it is not given. */
export const optional = <Value>(setting: Setting<Value>): Setting<Value | undefined> => ({
  ...setting,
  default: undefined,
});

const yes = /^(?:true|yes|on)$/i;
const no = /^(?:false|no|off)$/i;

/** True or false; `yes`, `no`, `on` and `off` are read as PyYAML reads them. */
export const flag = (more: Described & { default: boolean }): Setting<boolean> => ({
  kind: 'boolean',
  ...more,
  read: (yaml) => {
    const written = yaml.text ?? '';
    if (yes.test(written)) return { value: true };
    return no.test(written) ? { value: false } : fault(yaml, 'must be true or false');
  },
});

export const wholeNumber = (yaml: Yaml, { least, most }: { least: number; most: number }): Read<number> => {
  const written = yaml.text ?? '';
  const value = Number(written);
  if (!/^[+-]?\d+$/.test(written)) return fault(yaml, `must be a whole number from ${least} to ${most}`);
  return value >= least && value <= most ? { value } : fault(yaml, `must be from ${least} to ${most}, not ${written}`);
};

/** A whole number within bounds, both included. */
export const count = ({
  least,
  most,
  ...rest
}: Described & { default: number; least: number; most: number }): Setting<number> => ({
  kind: `whole number, ${least} to ${most}`,
  ...rest,
  read: (yaml) => wholeNumber(yaml, { least, most }),
});

/** One of a few words. */
export const choice = <const Word extends string>({
  of,
  ...rest
}: Described & { default: NoInfer<Word>; of: readonly Word[] }): Setting<Word> => ({
  kind: of.map((word) => `\`${word}\``).join(' or '),
  ...rest,
  read: (yaml) => {
    const found = of.find((word) => word === yaml.text);
    return found === undefined ? fault(yaml, `must be ${of.join(' or ')}`) : { value: found };
  },
});

/** A mapping that is handed on as it is. */
export const anyMapping = (more: Described): Setting<Readonly<Record<string, unknown>>> => ({
  kind: 'mapping',
  default: {},
  ...more,
  read: (yaml) =>
    yaml.entries === undefined
      ? fault(yaml, 'must be a mapping')
      : { value: Object.fromEntries(yaml.entries.map(({ key, value }) => [key, value.value])) },
});
