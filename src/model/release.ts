import { UTCDate } from '@date-fns/utc';
import { addDays } from 'date-fns/addDays';
import { format } from 'date-fns/format';

// The only file that imports date-fns, and by sub-path: the whole of it costs a second to load.

const pattern = 'yyyy-MM-dd_HH.mm.ss';
const spelling = /^(\d{4})-(\d{2})-(\d{2})_(\d{2})\.(\d{2})(?:\.(\d{2}))?$/;

/**
 * The name of a release: `yyyy-MM-dd_HH.mm.ss`, UTC, chosen once on the controller. Sorting names
 * sorts releases by age. The ancestor's form without seconds is read, never written.
 */
export type ReleaseId = string & { readonly releaseId: true };

export const isReleaseId = (text: string): text is ReleaseId => releaseDate(text) !== undefined;

export const releaseIdAt = (moment: Date): ReleaseId => format(new UTCDate(moment), pattern) as ReleaseId;

/** The moment a release name or a pin stands for; nothing when the text is no such name. */
export const releaseDate = (text: string): Date | undefined => {
  const parts = spelling.exec(text);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1).map((part) => Number(part || '0')) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // The 31st of February is a spelling, not a day. Told without `format`: planning asks it of every name, often.
  const isDay = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isDay && hour < 24 && minute < 60 && second < 60 ? date : undefined;
};

const pinPrefix = 'KEEP_UNTIL__';

/** `KEEP_UNTIL__2026-11-30_14.05.33`: the file that pins a release for some days. */
export const pinName = (moment: Date, days: number): string =>
  `${pinPrefix}${format(addDays(new UTCDate(moment), days), pattern)}`;

/** Until when a file name pins its release; `undefined` for other files, `forever` when unreadable. */
export const pinnedUntil = (fileName: string): Date | 'forever' | undefined =>
  fileName.startsWith(pinPrefix) ? (releaseDate(fileName.slice(pinPrefix.length)) ?? 'forever') : undefined;
