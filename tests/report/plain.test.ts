import { expect, test } from '@jest/globals';
import { plain } from '../../src/report/plain.ts';

test.each([
  ['\x1b[1;31mred\x1b[0m', 'red'],
  ['\x1b]8;;https://example.org\x07link\x1b]8;;\x07', 'link'],
  ['\x1b]0;title\x1b\\text', 'text'],
  ['\x1bPq#0;2;0;0;0\x1b\\after a picture', 'after a picture'],
  ['10%\r50%\r100%', '100%'],
  ['ends in CR\r', 'ends in CR'],
  ['bell\x07 back\b nul\0 escape\x1b', 'bell back nul escape'],
  ['tab\tstays', 'tab\tstays'],
  ['abc\u202etxt.exe', 'abctxt.exe'],
  ['👨‍👩‍👧 stays', '👨‍👩‍👧 stays'],
])('%p is shown as %p', (line, shown) => {
  expect(plain(line)).toBe(shown);
});
