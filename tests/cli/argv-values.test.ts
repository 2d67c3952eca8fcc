import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseCommandLine } from '../../src/cli/argv/command-line.ts';
import { parseGlobals } from '../../src/cli/argv/globals.ts';
import { escapeCommas, isFlag } from '../../src/cli/argv/spelling.ts';
import { words } from '../../src/model/command.ts';
import { text } from '../../src/model/param.ts';

const note = {
  name: 'note',
  aliases: [],
  description: 'keeps a text',
  group: 'Tasks',
  params: {
    of: text({ description: 'the text' }),
    line: text({ description: 'a line', positional: true, required: true }),
  },
  answers: [],
  needsEnvironment: true,
};

const given = async (...argv: readonly string[]): Promise<Readonly<Record<string, string>> | string> => {
  const globals = parseGlobals(['prod', ...argv]);
  if (!globals.ok) return JSON.stringify(globals.failure);
  const line = await parseCommandLine(globals.value.rest, { environments: ['prod'], tasks: [note] });
  return line.ok ? (line.value.tasks[0]?.given ?? {}) : JSON.stringify(line.failure);
};

const hostile = [
  'two words',
  ' around ',
  '"quoted"',
  "'quoted'",
  `"'`,
  'a\nb',
  '\nx\n',
  '$(reboot)',
  '`reboot`',
  '; reboot',
  '😀',
  '\\',
  'a\\,b',
  ',',
  'k=v',
  '=',
  '1e3',
  '007',
  '0x10',
  'true',
  'null',
  '__proto__',
  'constructor',
  '-',
  '-1',
  'note',
  'prod',
];

test.each(hostile)('every spelling keeps %j', async (value) => {
  const expected = { of: value, line: value };
  expect(await given('note', '--of', value, value)).toEqual(expected);
  expect(await given('note', `--of=${value}`, value)).toEqual(expected);
  expect(await given(`note:of=${escapeCommas(value)}`, value)).toEqual(expected);
  expect(await given(`note:line=${escapeCommas(value)}`, `--of=${value}`)).toEqual(expected);
  expect(await given('note', `--of=${value}`, '--', value)).toEqual(expected);
});

test.each(['--of', '--plan', '-x', '--', '--=', '-h'])('%j is a value where nothing else can stand', async (value) => {
  expect(await given('note', `--of=${value}`, '--', value)).toEqual({ of: value, line: value });
});

const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constantFrom(...hostile));

test('a flag, its = and the spelling of Fabric give the same value', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyText.filter((value) => value.trim() !== ''),
      async (value) => {
        const expected = { of: value, line: 'x' };
        expect(await given('note', `--of=${value}`, 'x')).toEqual(expected);
        expect(await given('note:x', `--of=${value}`)).toEqual(expected);
        expect(await given(`note:of=${escapeCommas(value)}`, 'x')).toEqual(expected);
        expect(await given(`note:line=x,of=${escapeCommas(value)}`)).toEqual(expected);
        if (!isFlag(value)) expect(await given('note', '--of', value, 'x')).toEqual(expected);
      },
    ),
  );
});

test('a backslash before a comma escapes it, as in Fabric', async () => {
  expect(await given('note:of=C:\\,line=x', 'y')).toEqual({ of: 'C:,line=x', line: 'y' });
});

test("text keeps its commas in Fabric's spelling, unless it reads as a parameter", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom('a', 'b c', 'x=1', ' of=2', '"', '')), async (parts) => {
      const line = `run ${parts.join(',')}`;
      expect(await given(`note:${line}`)).toEqual({ line });
    }),
  );
});

test('words after -- become a line that a shell splits into the same words', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        anyText.filter((word) => !word.includes('\0')),
        { minLength: 2 },
      ),
      async (typed) => {
        const line = await given('note', '--', ...typed);
        expect(words(typeof line === 'string' ? '' : (line['line'] ?? ''))).toEqual(typed);
      },
    ),
  );
});

test('no line makes it throw', async () => {
  const piece = fc.constantFrom(
    'prod',
    'note',
    'note:',
    'note:x',
    '--of',
    '--of=',
    '--',
    '-x',
    '--limit',
    '-1',
    '',
    'zz',
    ':',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece), async (argv) => {
      const globals = parseGlobals(argv);
      if (globals.ok) await parseCommandLine(globals.value.rest, { environments: ['prod'], tasks: [note] });
    }),
  );
});
