import { expect, test } from '@jest/globals';
import { sh } from '../../src/model/command.ts';

const value = 'a $(id)';
const word = "'a $(id)'";

test.each([
  [sh`echo ${value}`, `echo ${word}`],
  [sh`echo "$(dirname ${value})"`, `echo "$(dirname ${word})"`],
  [sh`x=$(cat ${value}) "y"`, `x=$(cat ${word}) "y"`],
  [sh`echo "it's" ${value}`, `echo "it's" ${word}`],
  [sh`echo 'a "b' ${value}`, `echo 'a "b' ${word}`],
  [sh`case $x in a) echo ${value};; esac`, `case $x in a) echo ${word};; esac`],
  [
    sh`(cd ${value} && echo "x") # don't worry
echo ${value}`,
    `(cd ${word} && echo "x") # don't worry\necho ${word}`,
  ],
  [sh`echo \" ${value}`, `echo \\" ${word}`],
  [sh`echo $((1 + 2)) ${value}`, `echo $((1 + 2)) ${word}`],
])('%# a value stands where a word may stand', ({ text }, expected) => expect(text).toBe(expected));

test.each([
  () => sh`echo "x ${value}"`,
  () => sh`echo 'x ${value}'`,
  () => sh`echo "$(date) ${value}"`,
  () => sh`sh -c "ls ${value}"`,
])('%# a value inside quotes is refused: it would be opened up again', (make) =>
  expect(make).toThrow('A value stands inside quotes'),
);

test('a value that is missing is refused, not left out', () => {
  expect(() => sh`rm -rf ${undefined as unknown as string}/x`).toThrow('A shell value must be');
});
