import { expect, test } from '@jest/globals';
import { wordsOf } from '../../bench/measure/words.ts';

test('without words it is all of it', () => {
  expect(wordsOf([])).toEqual({ parts: ['peers', 'scale', 'repository', 'profile'], options: {}, help: false });
});

test('parts and options', () => {
  const typed = 'scale peers --hosts 3,10 --rounds 2 --tools fabwright,bash --round-trip 20 --json out.json'.split(' ');
  expect(wordsOf(typed)).toEqual({
    parts: ['peers', 'scale'],
    options: { hosts: [3, 10], rounds: 2, tools: ['fabwright', 'bash'], roundTrip: 20 },
    json: 'out.json',
    help: false,
  });
});

test.each([
  ['everything', '«everything»?'],
  ['--hosts many', '«many» is none'],
  ['--rounds', '--rounds needs a value'],
  ['--tools mina', 'There is no tool «mina»'],
])('%s is refused', (typed, sentence) => {
  expect(() => wordsOf(typed.split(' '))).toThrow(sentence);
});
