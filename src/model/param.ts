import type { Json } from './json.ts';
import { fail, ok, type Result } from './result.ts';
import { Secret } from './secret.ts';

/**
 * A value that a person may give: on the command line as `--name`, in Fabric's spelling as
 * `task:name=value`, or, where it is declared as a setting, in `fab-settings.yml`. One kind for both.
 */
export interface Param<Value> {
  readonly kind: 'text' | 'count' | 'flag' | 'choice' | 'secret' | 'list' | 'release';
  readonly description: string;
  readonly default?: Value;
  /** Taken as a bare word after the task's name. */
  readonly positional?: boolean;
  /** Must be given. */
  readonly required?: boolean;
  /** The setting that supplies the default. */
  readonly setting?: string;
  readonly choices?: readonly string[];
  /** What stands for the value in help: `--keep N`. */
  readonly placeholder?: string;
  /** Reads what was typed or what YAML holds; a failure is the rest of a sentence: "must be …". */
  read(value: unknown): Result<Value, string>;
}

export type Params = Readonly<Record<string, Param<unknown>>>;
export type ParamValue<P> = P extends Param<infer Value> ? Value : never;
export type ParamValues<P extends Params> = { readonly [Name in keyof P]: ParamValue<P[Name]> };

interface Common {
  readonly description: string;
  readonly positional?: boolean;
  readonly setting?: string;
  readonly placeholder?: string;
}
interface Optional extends Common {
  readonly default?: undefined;
  readonly required?: false;
}
interface Certain<Value> extends Common {
  readonly default?: Value;
  readonly required?: boolean;
}

const scalar = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;

/** Any text, as it was typed: `1e3` stays `1e3`. */
export function text(options: Certain<string> & ({ default: string } | { required: true })): Param<string>;
export function text(options: Optional): Param<string | undefined>;
export function text(options: Certain<string>): Param<string | undefined> {
  return {
    kind: 'text',
    ...options,
    read: (value) => {
      const given = scalar(value);
      if (given === undefined) return fail('must be text');
      return options.required === true && given.trim() === '' ? fail('must not be empty') : ok(given);
    },
  };
}

/** A whole number, from `min` (default 1) on. */
export function count(
  options: Certain<number> & { min?: number } & ({ default: number } | { required: true }),
): Param<number>;
export function count(options: Optional & { min?: number }): Param<number | undefined>;
export function count(options: Certain<number> & { min?: number }): Param<number | undefined> {
  const { min = 1, ...rest } = options;
  return {
    kind: 'count',
    placeholder: 'N',
    ...rest,
    read: (value) => {
      const given = scalar(value) ?? '';
      return /^\d{1,9}$/.test(given) && Number(given) >= min
        ? ok(Number(given))
        : fail(`must be a whole number from ${min} on`);
    },
  };
}

const yes = ['yes', 'true', '1', 'on', ''];
const no = ['no', 'false', '0', 'off'];

/** Given or not; Fabric's spelling says yes or no. */
export const flag = (options: Common): Param<boolean> => ({
  kind: 'flag',
  default: false,
  ...options,
  read: (value) => {
    const given = (scalar(value) ?? 'neither').toLowerCase();
    if (yes.includes(given)) return ok(true);
    return no.includes(given) ? ok(false) : fail('must be yes or no');
  },
});

/** One of a few words. */
export function choice<const Word extends string>(
  choices: readonly Word[],
  options: Common & { default: NoInfer<Word> },
): Param<Word>;
export function choice<const Word extends string>(choices: readonly Word[], options: Optional): Param<Word | undefined>;
export function choice<const Word extends string>(
  choices: readonly Word[],
  options: Common & { default?: Word },
): Param<Word | undefined> {
  return {
    kind: 'choice',
    choices,
    ...options,
    read: (value) => {
      const found = choices.find((word) => word === scalar(value));
      return found === undefined ? fail(`must be one of ${choices.join(', ')}`) : ok(found);
    },
  };
}

/** Several texts, in settings a YAML list (one text alone is a list of one). */
export const list = (options: Common & { readonly default?: readonly string[] }): Param<readonly string[]> => ({
  kind: 'list',
  default: [],
  ...options,
  read: (value) => {
    const given = (Array.isArray(value) ? value : [value]).map(scalar);
    return given.every((each) => each !== undefined) ? ok(given) : fail('must be a list of texts');
  },
});

/** A value that is never shown; from `.env`, a variable or a prompt, not from the command line. */
export const secret = (options: Common & { readonly required?: boolean }): Param<Secret | undefined> => ({
  kind: 'secret',
  ...options,
  read: (value) => {
    const given = scalar(value);
    return given === undefined ? fail('must be text') : ok(new Secret(given));
  },
});

/** Param values as they may be shown and journalled. */
export const shownParams = (values: Readonly<Record<string, unknown>>): Json =>
  JSON.parse(JSON.stringify(values)) as Json;
