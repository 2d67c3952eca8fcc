import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { catalogue, settingKeys } from '../../src/environment/settings-catalogue.ts';

const page = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8');
/** The rows of the tables: key, type, default, meaning. */
const rows = new Map(
  page.split('\n').flatMap((line) => {
    const [, key, kind, fallback, meaning] = /^\| `(\w+)` *\| (.*?) *\| (.*?) *\| (.*?) *\|$/.exec(line) ?? [];
    return key === undefined ? [] : [[key, { kind, fallback, meaning }] as const];
  }),
);

const defaultText = (value: unknown): string => {
  if (value === undefined) return '–';
  if (typeof value === 'string') return `\`${value}\``;
  return `\`${JSON.stringify(value)}\``;
};

test('docs/settings.md lists every setting as the catalogue has it, and no other', () => {
  expect(Object.fromEntries(rows)).toEqual(
    Object.fromEntries(
      settingKeys.map((key) => {
        const { kind, default: fallback, description: meaning } = catalogue[key];
        return [key, { kind, fallback: defaultText(fallback), meaning }];
      }),
    ),
  );
});
