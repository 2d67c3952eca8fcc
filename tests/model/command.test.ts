import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { quote, sh, shell, words, type ShellValue } from '../../src/model/command.ts';
import { Secret } from '../../src/model/secret.ts';
import { runIn, shells, type Shell } from '../shells.ts';

const hostile = [
  '',
  ' ',
  'plain',
  'two words',
  '  leading and trailing  ',
  "it's",
  "'",
  "''",
  "'\\''",
  '"double"',
  'back\\slash',
  '\\',
  '\\n',
  'line\nline',
  '\n',
  'trailing newline\n',
  '\ttab',
  '$HOME ${HOME} $(id) `id`',
  '!history !!',
  '* ? [a-z] {a,b} ~ ~root',
  '; & | && || < > ( ) #',
  '#comment',
  '-n',
  '--',
  '-e \\t',
  '%s %d %%',
  'A=b',
  'ünï 漢字 🚀 \u0081\u0088 \u00a0',
  '\u0001\u007f\r\b',
];

/** What a program gets as its arguments: one record each, which no argument can contain. */
const argumentsOf = (shell: Shell, line: string): readonly string[] => {
  const { status, stdout, stderr } = runIn(
    shell,
    `show() { for a in "$@"; do printf '%s\\0' "$a"; done; }; show ${line}`,
  );
  expect([status, stderr]).toEqual([0, '']);
  return stdout.split('\0').slice(0, -1);
};

const argument = fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replaceAll('\0', ''));

describe.each(shells)('in $name', (shell) => {
  test.each(hostile)('quote: %j arrives as it is', (value) => {
    expect(argumentsOf(shell, `${quote(value)} end`)).toEqual([value, 'end']);
  });

  test('all of them at once, as a list', () => {
    expect(argumentsOf(shell, sh`first ${hostile} last`.text)).toEqual(['first', ...hostile, 'last']);
  });

  test('any text, through two shells', () => {
    const [program, ...rest] = shell.words;
    fc.assert(
      fc.property(fc.array(argument, { minLength: 1, maxLength: 20 }), (values) => {
        expect(argumentsOf(shell, sh`${values}`.text)).toEqual(values);
        const inner = sh`for a in ${values}; do printf '%s\0' "$a"; done`;
        const { stdout } = runIn(shell, sh`${[program, ...rest]} -c ${inner.text}`.text);
        expect(stdout.split('\0').slice(0, -1)).toEqual(values);
      }),
      { numRuns: 12 },
    );
  });

  test('words: the same words as the shell finds', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ' ',
        '  ',
        '\t',
        "'",
        '"',
        '\\ ',
        "\\'",
        '\\"',
        '\\\\',
        '\\a',
        'a',
        'bc',
        '-x=1',
        '.',
        'é',
        '🚀',
        '\u00a0',
      ),
      fc.constantFrom("'a b'", '"c d"', '"e\\"f"', '"g\\h"', "''", '""'),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const line = pieces.join('');
        let found: readonly string[];
        try {
          found = words(line);
        } catch {
          expect(runIn(shell, `: ${line}`).status).not.toBe(0);
          return;
        }
        expect(argumentsOf(shell, line)).toEqual(found);
      }),
      { numRuns: 30 },
    );
  });
});

describe('quote', () => {
  test('leaves readable what needs no quoting', () => {
    for (const plain of ['web-1', '/usr/local/bin', 'user@host:22', 'a=b,c', '50%', 'x_y.z', '+1'])
      expect(quote(plain)).toBe(plain);
  });
  test('refuses what no argument can carry', () => {
    expect(() => quote('a\0b')).toThrow('A shell argument cannot contain a NUL byte.');
  });
});

describe('sh', () => {
  test('quotes text and numbers, spreads lists, inserts commands', () => {
    const inner = sh`git -C ${'/a b'} status`;
    expect(sh`cd ${'/x y'} && ${inner} | head -n ${10} -- ${['a', "b's", 3]} ${[]};`).toEqual({
      kind: 'command',
      text: "cd '/x y' && git -C '/a b' status | head -n 10 -- a 'b'\\''s' 3 ;",
    });
  });

  test('what stands between the values is shell, backslashes as they are', () => {
    expect(sh`printf '%s\n' "\$x" \\ ${'a'}`.text).toBe(`printf '%s\\n' "\\$x" \\\\ a`);
  });

  test('refuses secrets, alone and in lists, and says where they belong', () => {
    const token = new Secret('hunter2hunter2') as unknown as ShellValue;
    const sentence = 'A secret may not stand in a command line: pass it with host.env({ NAME: secret }).';
    expect(() => sh`curl -H ${token}`).toThrow(sentence);
    expect(() => sh`curl ${[token] as unknown as ShellValue}`).toThrow(sentence);
  });

  test.each([[{}], [null], [true], [() => 'x']])('refuses %p', (value) => {
    expect(() => sh`echo ${value as unknown as ShellValue}`).toThrow('A shell value must be text');
  });

  test('shell takes a line as it is', () => {
    expect(shell('ps ax | wc -l; echo $HOME')).toEqual({ kind: 'command', text: 'ps ax | wc -l; echo $HOME' });
  });
});

describe('words', () => {
  test.each([
    ['', []],
    ['  \t\n ', []],
    ['migrate app --noinput', ['migrate', 'app', '--noinput']],
    [`shell -c "x = 1, y = 'two'"`, ['shell', '-c', "x = 1, y = 'two'"]],
    [`a''b "" 'c d'\\ e`, ['ab', '', 'c d e']],
    ['"a\\"b\\\\c\\d"', ['a"b\\c\\d']],
    [`'single \\ stays'`, ['single \\ stays']],
    ['$HOME `id` *', ['$HOME', '`id`', '*']],
    ['no\u00a0break 🚀', ['no\u00a0break', '🚀']],
  ])('%j', (line, expected) => {
    expect(words(line)).toEqual(expected);
  });
  test.each([`it's`, '"open', `'a" b`])('%j: a quote that is not closed', (line) => {
    expect(() => words(line)).toThrow(/^The quote ['"] in «.*» is not closed\.$/);
  });
});
