import { nearest } from '../../model/nearest.ts';
import { problem, type Problem } from '../../model/problem.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import { givenTwice } from './sentences.ts';
import { canonical, shown, splitAtCommas, splitPair } from './spelling.ts';

export type SettingPair = readonly [key: string, value: string];

/**
 * What `--set` was given, as pairs of texts. Each use is one pair and its value is taken as it is;
 * Fabric's comma list is split only when every part names a known key.
 */
export const readSettingPairs = (
  typed: readonly string[],
  knownKeys: readonly string[],
): Result<readonly SettingPair[], readonly Problem[]> => {
  const pairs = typed.map((text) => pairsIn(text, knownKeys));
  const problems = pairs.flatMap((each) => (each.ok ? [] : [each.failure]));
  const read = pairs.flatMap((each) => (each.ok ? each.value : []));
  const found = [...problems, ...twice(read)];
  return found.length > 0 ? fail(found) : ok(read);
};

/** Keys that nothing declares; asked once the fabfile is loaded, whose operations may declare some. */
export const unknownSettings = (pairs: readonly SettingPair[], knownKeys: readonly string[]): readonly Problem[] =>
  pairs
    .filter(([key]) => !knownKeys.includes(key))
    .map(([key]) => {
      const likely = nearest(key, knownKeys);
      return problem(`There is no setting ${shown(key)}.`, {
        hint: likely === undefined ? 'docs/settings.md lists them' : `did you mean --set ${likely}=…?`,
      });
    });

const pairsIn = (text: string, knownKeys: readonly string[]): Result<readonly SettingPair[], Problem> => {
  const isKnown = (key: string): boolean => knownKeys.includes(canonical(key));
  const parts = splitAtCommas(text).map(splitPair);
  if (parts.length > 1 && parts.every((pair) => pair !== undefined && isKnown(pair[0])))
    return ok(parts.filter((pair) => pair !== undefined).map(([key, value]) => [canonical(key), value]));
  const pair = splitPair(text);
  if (pair === undefined || !/^[A-Za-z_][\w.-]*$/.test(pair[0]))
    return fail(problem(`--set takes KEY=VALUE, not ${shown(text)}.`));
  return ok([[isKnown(pair[0]) ? canonical(pair[0]) : pair[0], pair[1]]]);
};

const twice = (pairs: readonly SettingPair[]): readonly Problem[] =>
  [...new Set(pairs.map(([key]) => key))].flatMap((key) => {
    const values = pairs.filter(([other]) => other === key).map(([, value]) => value);
    return values.length > 1 ? [givenTwice(`The setting ${key}`, values)] : [];
  });
