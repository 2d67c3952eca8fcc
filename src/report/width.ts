const printableAscii = /^[\x20-\x7e]*$/;
const nothing = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]$/u;
/** East Asian wide and full-width blocks, and what is drawn as a picture. */
const twoColumns =
  /^[\u1100-\u115f\u231a-\u232a\u2630-\u2637\u268a-\u268f\u2e80-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{1b2ff}\u{1d300}-\u{1d376}\u{1f18e}-\u{1f1ae}\u{1f200}-\u{1f265}\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]$/u;
const pictureSelector = '\ufe0f';

let segmenter: Intl.Segmenter | undefined;
/** Made when a text first asks for it: the data behind it costs every start of `fab` some milliseconds. */
const graphemes = (text: string): Intl.Segments =>
  (segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' })).segment(text);

const columnsOf = (character: string): number => {
  if (character === pictureSelector) return 1;
  if (nothing.test(character)) return 0;
  return twoColumns.test(character) ? 2 : 1;
};

/**
 * How many columns a text may take. Terminals disagree about joined emoji, so this is the most that
 * any of them takes: a line measured by it never wraps, at worst it ends early.
 */
export const textWidth = (text: string): number =>
  printableAscii.test(text) ? text.length : Array.from(text, columnsOf).reduce((sum, columns) => sum + columns, 0);

/** The text if it fits, else as many whole characters as fit and `…`. */
export const truncate = (text: string, columns: number): string => {
  if (columns <= 0) return '';
  if (printableAscii.test(text)) return text.length <= columns ? text : `${text.slice(0, columns - 1)}…`;
  let width = 0;
  let fitting = '';
  for (const { segment } of graphemes(text)) {
    const next = width + textWidth(segment);
    if (next > columns) return `${fitting}…`;
    // What is kept must still fit when the ellipsis follows it.
    if (next <= columns - 1) fitting += segment;
    width = next;
  }
  return text;
};

/** Spaces are added up to this many columns; a longer text stays as it is. */
export const pad = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - textWidth(text)));

/** Breaks a text between words into lines of at most this many columns; a longer word is cut. */
export const wrap = (text: string, columns: number): readonly string[] => {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1) ?? ''} ${word}`;
    if (lines.length > 0 && textWidth(longer) <= columns) lines[lines.length - 1] = longer;
    else lines.push(truncate(word, columns));
  }
  return lines;
};
