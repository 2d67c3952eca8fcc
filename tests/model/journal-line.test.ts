import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { journalLine, readJournalLines } from '../../src/model/journal-line.ts';
import type { Json } from '../../src/model/json.ts';
import type { JournalEntry } from '../../src/model/survey.ts';

const entry: JournalEntry = {
  step: 'app.build',
  run: '2026-11-20_14.05.33',
  at: '2026-11-20T14:06:00.000Z',
  seconds: 1.5,
  result: { commit: 'abc', lines: ['a', 'b'] },
};
const line = journalLine(entry);

describe('journal lines', () => {
  test('one line, versioned, with a checksum over the rest', () => {
    expect(line).toBe(
      '{"v":1,"step":"app.build","run":"2026-11-20_14.05.33","at":"2026-11-20T14:06:00.000Z","seconds":1.5,"result":{"commit":"abc","lines":["a","b"]},"sum":"bf8d316043499d6a"}',
    );
    expect(readJournalLines([line])).toEqual({ entries: [entry], tooNew: false, garbage: 0 });
  });

  test('a line torn at any byte is no line', () => {
    for (let length = 0; length < line.length; length += 1)
      expect(readJournalLines([line.slice(0, length)])).toEqual({ entries: [], tooNew: false, garbage: 0 });
  });

  test('a line that was altered is no line', () => {
    const altered = [
      line.replace('app.build', 'app.built'),
      line.replace('1.5', '1.6'),
      line.replace('["a","b"]', '["a"]'),
      line.replace('"v":1', '"v":0'),
      line.replace('{"v"', '{"x":1,"v"'),
      line.replace(/"sum":"\w+"/, '"sum":""'),
      line.replace(/,"sum":"\w+"/, ''),
    ];
    expect(readJournalLines([...altered, line])).toEqual({ entries: [entry], tooNew: false, garbage: altered.length });
  });

  test.each(['', 'null', '5', '"text"', '[]', '{}', 'garbage \0', '{"v":1}', '{"v":"2"}'])('%j is no line', (text) => {
    expect(readJournalLines([text, line])).toEqual({ entries: [entry], tooNew: false, garbage: 1 });
  });

  test('what surrounds a bad line is read', () => {
    const two = { ...entry, step: 'app.restart', result: null };
    expect(readJournalLines([line, line.slice(0, 50), 'x', journalLine(two)])).toEqual({
      entries: [entry, two],
      tooNew: false,
      garbage: 2,
    });
  });

  test('a newer version is told, and what is of ours is read all the same', () => {
    expect(readJournalLines([line, '{"v":2,"whatever":true}'])).toEqual({ entries: [entry], tooNew: true, garbage: 0 });
  });

  test('any result comes back as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (result, step) => {
        const own = { ...entry, step, result: JSON.parse(JSON.stringify(result)) as Json };
        const written = journalLine(own);
        expect(written).not.toMatch(/[\r\n]/);
        expect(readJournalLines([written])).toEqual({ entries: [own], tooNew: false, garbage: 0 });
      }),
      { numRuns: 500 },
    );
  });

  test('keys that JavaScript treats differently survive', () => {
    const result = JSON.parse('{"b":1,"10":2,"2":3,"__proto__":{"x":1},"sum":"s","v":9,"toString":null}') as Json;
    expect(readJournalLines([journalLine({ ...entry, result })]).entries[0]?.result).toEqual(result);
  });
});
