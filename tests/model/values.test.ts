import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ByHost } from '../../src/model/by-host.ts';
import { CommandFailed, failureOf, notYet, type Failure } from '../../src/model/failure.ts';
import { groupBy } from '../../src/model/group-by.ts';
import { layoutAt } from '../../src/model/layout.ts';
import { choice, count, flag, list, secret, shownParams, text, type Param } from '../../src/model/param.ts';
import { problem, problemText, ProblemsFound } from '../../src/model/problem.ts';
import { isReleaseId, pinnedUntil, releaseDate } from '../../src/model/release.ts';
import { pinName, releaseIdAt } from '../../src/model/release-name.ts';
import { everyHost, hostsOfRole, hostsOfRoles, role } from '../../src/model/role.ts';
import { redactor, Secret } from '../../src/model/secret.ts';
import { inventory } from '../plan/builders.ts';

describe('secrets', () => {
  const secretValue = 'correct horse';
  const one = new Secret(secretValue);

  test('are shown nowhere', () => {
    const shown = [
      String(one),
      JSON.stringify({ one }),
      inspect({ one }, { depth: 9, showHidden: true }),
      [one].join(),
      Object.entries(one).join(),
      JSON.stringify(shownParams({ token: one })),
    ];
    expect(shown.filter((each) => each.includes(secretValue))).toEqual([]);
    expect(one.reveal()).toBe(secretValue);
  });

  test('are hidden in text, the longer one first, lines of their own each', () => {
    const redact = redactor(['horse', 'horsepower', 'a$b.*c', 'first line\nsecond line\r\nxy']);
    expect(redact('horsepower of a horse, horses')).toBe('«secret» of a «secret», «secret»s');
    expect(redact('regular a$b.*c, not aXbYc')).toBe('regular «secret», not aXbYc');
    expect(redact('| first line |')).toBe('| «secret» |');
    expect(redact('second line')).toBe('«secret»');
    expect(redact('first line\nsecond line\r\nxy!')).toBe('«secret»!');
  });

  test('values that are too short to be secrets garble nothing', () => {
    const redact = redactor(['', 'abc', ' ', 'no']);
    expect(redact('abc no secret')).toBe('abc no secret');
  });

  test('whatever the secrets, none of them is left', () => {
    const value = fc.string({ minLength: 4, maxLength: 12 }).filter((each) => !'«secret»'.includes(each));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), fc.array(fc.string(), { maxLength: 5 }), (secrets, between) => {
        const shown = redactor(secrets)(between.flatMap((each, index) => [each, secrets[index] ?? '']).join(' '));
        // A text that the replacement itself makes («se + cret») is nobody's secret.
        for (const each of secrets) expect(shown.replaceAll('«secret»', '\0').includes(each)).toBe(false);
      }),
    );
  });
});

describe('release names', () => {
  test('are the moment in UTC, to the second, wherever we are', () => {
    const moment = new Date('2026-03-29T01:59:59.999+02:00');
    expect(releaseIdAt(moment)).toBe('2026-03-28_23.59.59');
    expect(releaseDate('2026-03-28_23.59.59')?.toISOString()).toBe('2026-03-28T23:59:59.000Z');
  });

  test.each([
    ['2026-11-20_14.05.33', true],
    ['2026-11-20_14.05', true],
    ['2024-02-29_00.00.00', true],
    ['2026-02-29_00.00.00', false],
    ['2026-02-31_14.05.33', false],
    ['2026-13-01_00.00.00', false],
    ['2026-00-10_00.00.00', false],
    ['2026-11-20_24.00.00', false],
    ['2026-11-20_14.60.00', false],
    ['2026-11-20_14.05.60', false],
    ['2026-11-20', false],
    ['2026-11-20_14', false],
    ['2026-11-20 14.05.33', false],
    ['2026-11-20_14.05.33\n', false],
    ['x2026-11-20_14.05.33', false],
    ['2026-11-20_14.05.33.bak', false],
    ['../2026-11-20_14.05.33', false],
    ['0000-01-01_00.00.00', false],
    ['٢٠٢٦-11-20_14.05.33', false],
    ['', false],
  ])('%j: %p', (name, expected) => {
    expect(isReleaseId(name)).toBe(expected);
  });

  test('sorting names sorts releases by age, and every name reads back', () => {
    const moment = fc.date({ min: new Date('2000-01-01'), max: new Date('2999-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(moment, moment, (one, two) => {
        const [a, b] = [releaseIdAt(one), releaseIdAt(two)];
        const seconds = (date: Date) => Math.floor(date.getTime() / 1000);
        expect(releaseDate(a)?.getTime()).toBe(seconds(one) * 1000);
        expect(Math.sign(a < b ? -1 : a > b ? 1 : 0)).toBe(Math.sign(seconds(one) - seconds(two)));
      }),
    );
    expect(['2026-11-20_14.05.00', '2026-11-20_14.05', '2026-11-20_14.06'].sort()).toEqual([
      '2026-11-20_14.05',
      '2026-11-20_14.05.00',
      '2026-11-20_14.06',
    ]);
  });

  test('pins: ten days are ten days, over a change of the clocks', () => {
    const moment = new Date('2026-10-20T12:30:45Z');
    expect(pinName(moment, 10)).toBe('KEEP_UNTIL__2026-10-30_12.30.45');
    expect(pinnedUntil(pinName(moment, 10))).toEqual(new Date('2026-10-30T12:30:45Z'));
    expect(pinName(moment, 0)).toBe('KEEP_UNTIL__2026-10-20_12.30.45');
  });

  test.each([
    ['KEEP_UNTIL__2026-11-30_14.05', new Date('2026-11-30T14:05:00Z')],
    ['KEEP_UNTIL__2026-11-31_14.05', 'forever'],
    ['KEEP_UNTIL__', 'forever'],
    ['KEEP_UNTIL__soon', 'forever'],
    ['KEEP_UNTIL', undefined],
    ['keep_until__2026-11-30_14.05', undefined],
    ['README', undefined],
  ])('%s', (name, expected) => {
    expect(pinnedUntil(name)).toEqual(expected);
  });
});

describe('params', () => {
  const ok = (value: unknown) => ({ ok: true, value });
  const no = (failure: string) => ({ ok: false, failure });
  const needed = text({ description: '', required: true });
  const plain = text({ description: '' });
  const number = count({ description: '', default: 5 });
  const fromZero = count({ description: '', min: 0 });
  const whether = flag({ description: '' });
  const colour = choice(['red', 'green'], { description: '', default: 'red' });
  const several = list({ description: '' });
  const whole = (min: number) => no(`must be a whole number from ${min} on`);

  test.each<[string, Param<unknown>, unknown, unknown]>([
    ['text', plain, '1e3', ok('1e3')],
    ['text', plain, '', ok('')],
    ['text', plain, " $(id) 'x'\n🚀", ok(" $(id) 'x'\n🚀")],
    ['text', plain, 8080, ok('8080')],
    ['text', plain, true, ok('true')],
    ['text', plain, null, no('must be text')],
    ['text', plain, ['a'], no('must be text')],
    ['text', plain, { a: 1 }, no('must be text')],
    ['text', needed, '  ', no('must not be empty')],
    ['text', needed, 'x', ok('x')],
    ['count', number, '3', ok(3)],
    ['count', number, 3, ok(3)],
    ['count', number, '007', ok(7)],
    ['count', number, '0', whole(1)],
    ['count', fromZero, '0', ok(0)],
    ['count', fromZero, '-1', whole(0)],
    ['count', number, '-1', whole(1)],
    ['count', number, 'ten', whole(1)],
    ['count', number, '1e3', whole(1)],
    ['count', number, '3.5', whole(1)],
    ['count', number, 3.5, whole(1)],
    ['count', number, ' 3', whole(1)],
    ['count', number, '٣', whole(1)],
    ['count', number, '', whole(1)],
    ['count', number, '99999999999', whole(1)],
    ['count', number, true, whole(1)],
    ['count', number, null, whole(1)],
    ['flag', whether, '', ok(true)],
    ['flag', whether, 'YES', ok(true)],
    ['flag', whether, true, ok(true)],
    ['flag', whether, 1, ok(true)],
    ['flag', whether, 'off', ok(false)],
    ['flag', whether, false, ok(false)],
    ['flag', whether, 'maybe', no('must be yes or no')],
    ['flag', whether, null, no('must be yes or no')],
    ['choice', colour, 'green', ok('green')],
    ['choice', colour, 'Green', no('must be one of red, green')],
    ['choice', colour, '', no('must be one of red, green')],
    ['choice', colour, ['red'], no('must be one of red, green')],
    ['list', several, ['a', 1, true], ok(['a', '1', 'true'])],
    ['list', several, 'alone', ok(['alone'])],
    ['list', several, [], ok([])],
    ['list', several, [['a']], no('must be a list of texts')],
    ['list', several, null, no('must be a list of texts')],
    ['list', several, [null], no('must be a list of texts')],
  ])('%s %#: %p', (_, param, value, expected) => {
    expect(param.read(value)).toEqual(expected);
  });

  test('a secret is read into what is never shown', () => {
    const read = secret({ description: '' }).read('hunter2');
    expect(read.ok && read.value?.reveal()).toBe('hunter2');
    expect(JSON.stringify(read)).toBe('{"ok":true,"value":"«secret»"}');
    expect(secret({ description: '' }).read(['x'])).toEqual(no('must be text'));
  });

  test('declarations keep what help needs', () => {
    expect(number).toEqual({
      kind: 'count',
      placeholder: 'N',
      description: '',
      default: 5,
      read: expect.any(Function),
    });
    expect([whether.default, several.default, colour.choices]).toEqual([false, [], ['red', 'green']]);
  });
});

describe('roles', () => {
  const hosts = inventory({ web: ['a', 'b', 'c'], celery: ['c', 'd'], empty: [] });
  const names = (...given: Parameters<typeof role>) => hostsOfRole(hosts, role(...given)).map(({ name }) => name);

  test.each<[string, Parameters<typeof role>, readonly string[]]>([
    ['the group of its name', ['web'], ['a', 'b', 'c']],
    ['the first group that has hosts', ['x', { groups: ['missing', 'empty', 'celery', 'web'] }], ['c', 'd']],
    ['the first host', ['x', { groups: ['celery'], pick: 'first' }], ['c']],
    ['none', ['missing'], []],
    ['a group that is a word of JavaScript', ['constructor'], []],
  ])('%s', (_, given, expected) => {
    expect(names(...given)).toEqual(expected);
  });

  test('several: the union, in inventory order, each once', () => {
    const both = hostsOfRoles(hosts, [role('celery'), role('web')]);
    expect(both.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
    expect(hostsOfRole(hosts, everyHost).map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a declaration is a value', () => {
    expect(role('web')).toEqual({ kind: 'role', name: 'web', groups: ['web'], pick: 'all', optional: false });
  });
});

describe('answers by host', () => {
  const answers = new ByHost([
    ['b', 2],
    ['a', 1],
  ] as const);
  test('are asked by host and by all', () => {
    expect([answers.on({ name: 'a' }), answers.on({ name: 'c' })]).toEqual([1, undefined]);
    expect([answers.hosts, answers.values]).toEqual([
      ['b', 'a'],
      [2, 1],
    ]);
    expect(answers.every((value, host) => value > 0 && host !== '')).toBe(true);
    expect([answers.some((value) => value > 1), answers.every((value) => value > 1)]).toEqual([true, false]);
    const none = new ByHost<number>([]);
    expect([none.every(() => false), none.some(() => true)]).toEqual([true, false]);
  });
  test('groupBy keeps order within and between groups', () => {
    expect([...groupBy([3, 1, 4, 1, 5, 9], (each) => each % 2)]).toEqual([
      [1, [3, 1, 1, 5, 9]],
      [0, [4]],
    ]);
  });
});

describe('whatever is thrown becomes a failure', () => {
  const command: Failure = { reason: 'command', command: 'x', status: 1, output: '' };
  const aborted = Object.assign(new Error('The operation was aborted'), { name: 'AbortError' });
  const lost = Object.assign(new Error('web1 is gone'), { name: 'ConnectionLost' });
  test.each<[string, unknown, unknown]>([
    ['a failed command', new CommandFailed(command, 'no'), command],
    ['not yet', notYet('The preindex runs.'), { reason: 'not-yet', message: 'The preindex runs.' }],
    ['a lost connection', lost, { reason: 'lost', message: 'web1 is gone' }],
    ['an abort', aborted, { reason: 'cancelled' }],
    ['an error', new TypeError('x is not'), { reason: 'thrown', message: 'x is not', stack: expect.any(String) }],
    ['text', 'oops', { reason: 'thrown', message: 'oops' }],
    ['nothing', undefined, { reason: 'thrown', message: 'undefined' }],
    ['null', null, { reason: 'thrown', message: 'null' }],
    ['an object', { code: 1 }, { reason: 'thrown', message: 'unknown' }],
    ['one from another realm', { name: 'CommandFailed', failure: command }, command],
  ])('%s', (_, thrown, expected) => {
    expect(failureOf(thrown)).toEqual(expected);
  });
});

test('a problem says where, what, and what to do', () => {
  expect(problemText(problem('It is wrong.'))).toBe('It is wrong.');
  expect(problemText(problem('It is wrong.', { at: { file: 'a.yml' }, hint: 'mend it' }))).toBe(
    'a.yml: It is wrong.\n     mend it',
  );
  expect(problemText(problem('It is wrong.', { at: { file: 'a.yml', line: 3 } }))).toBe('a.yml:3: It is wrong.');
  expect(new ProblemsFound([problem('One.'), problem('Two.')]).message).toBe('One.\nTwo.');
});

test('every path on a host, from its root', () => {
  const layout = layoutAt('/srv/my app');
  const paths = Object.values(layout).filter((path: unknown) => typeof path === 'string');
  expect(paths.every((path) => path.startsWith('/srv/my app'))).toBe(true);
  expect([layout.alive('r-1'), layout.release('x'), layout.private('x')]).toEqual([
    '/srv/my app/.fab/alive-r-1',
    '/srv/my app/releases/x',
    '/srv/my app/releases/x/.fab',
  ]);
});
