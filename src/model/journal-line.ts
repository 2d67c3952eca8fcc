import { createHash } from 'node:crypto';
import type { Json } from './json.ts';
import type { JournalEntry } from './survey.ts';

/** The version this tool writes and the newest it reads. */
export const journalVersion = 1;

const checksum = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** One finished step as its line: JSON, with a checksum over everything before it. */
export const journalLine = (entry: JournalEntry): string => {
  const body = JSON.stringify({ v: journalVersion, ...entry });
  return JSON.stringify({ v: journalVersion, ...entry, sum: checksum(body) });
};

/** What the lines of a journal say. */
export interface JournalRead {
  readonly entries: readonly JournalEntry[];
  /** Some line is of a newer version. */
  readonly tooNew: boolean;
  /** Lines that are none. The last one may be torn: that is how a killed host leaves it, and it does not count. */
  readonly garbage: number;
}

/** Reads journal lines. A torn or altered line is no line; a line of a newer version is reported. */
export const readJournalLines = (lines: readonly string[]): JournalRead => {
  const entries: JournalEntry[] = [];
  let tooNew = false;
  let garbage = 0;
  for (const [index, line] of lines.entries()) {
    const { v, sum, ...entry } = objectFrom(line);
    if (typeof v === 'number' && v > journalVersion) tooNew = true;
    else if (sum === checksum(JSON.stringify({ v, ...entry }))) entries.push(entry as unknown as JournalEntry);
    else if (index < lines.length - 1) garbage += 1;
  }
  return { entries, tooNew, garbage };
};

const objectFrom = (line: string): Record<string, Json> => {
  try {
    const value = JSON.parse(line) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, Json>) : {};
  } catch {
    return {};
  }
};
