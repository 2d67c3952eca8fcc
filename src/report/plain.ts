import { stripVTControlCharacters } from 'node:util';

/** Strings that a terminal swallows whole: device control, application and privacy messages. */
const swallowed = /\x1b[PX^_][^\x1b\x07]*(?:\x07|\x1b\\|$)/g;
/** C0 but the tab, DEL, C1, line separators, and the marks that reverse the reading direction. */
const control = /[\0-\x08\n-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * One line as it may be shown on a terminal: no escapes, no control characters except tabs. Of a
 * progress line that redraws itself with carriage returns, the last state stays.
 */
export const plain = (line: string): string =>
  stripVTControlCharacters(lastDrawn(line).replace(swallowed, '')).replace(control, '');

/** The same for text of several lines. */
export const plainLines = (text: string): readonly string[] => text.split(/\r?\n/).map(plain);

const lastDrawn = (line: string): string =>
  line.includes('\r') ? (line.split('\r').findLast((part) => part !== '') ?? '') : line;
