import { Malformed } from './malformed.ts';

const blank = ' \t\r\n';

/**
 * Splits a line as Python's `shlex.split(line, comments=True)` does: single quotes keep everything,
 * double quotes know `\"` and `\\`, and a `#` starts a comment even inside a word.
 * Throws `Malformed` for a quote that is not closed or a backslash at the end.
 */
export const shellWords = (line: string, { comments = true } = {}): readonly string[] => {
  const words: string[] = [];
  let current: string | undefined;
  let quote = '';
  for (let at = 0; at < line.length; at += 1) {
    const character = line.charAt(at);
    if (quote !== '') {
      if (character === quote) quote = '';
      else if (character === '\\' && quote === '"') {
        at += 1;
        if (at >= line.length) throw new Malformed('A quotation ends in a backslash.');
        const escaped = line.charAt(at);
        current = `${current ?? ''}${escaped === '"' || escaped === '\\' ? '' : '\\'}${escaped}`;
      } else current = `${current ?? ''}${character}`;
      continue;
    }
    if (blank.includes(character)) {
      if (current !== undefined) words.push(current);
      current = undefined;
    } else if (comments && character === '#') break;
    else if (character === '"' || character === "'") {
      quote = character;
      current ??= '';
    } else if (character === '\\') {
      at += 1;
      if (at >= line.length) throw new Malformed('The line ends in a backslash with nothing to escape.');
      current = `${current ?? ''}${line.charAt(at)}`;
    } else current = `${current ?? ''}${character}`;
  }
  if (quote !== '')
    throw new Malformed(
      `A ${quote} quotation is not closed.`,
      `Close it, or write \\${quote} for the character itself.`,
    );
  if (current !== undefined) words.push(current);
  return words;
};
