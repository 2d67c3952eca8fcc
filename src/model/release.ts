const spelling = /^(\d{4})-(\d{2})-(\d{2})_(\d{2})\.(\d{2})(?:\.(\d{2}))?$/;

/**
 * The name of a release: `yyyy-MM-dd_HH.mm.ss`, UTC, chosen once on the controller. Sorting names
 * sorts releases by age. The ancestor's form without seconds is read, never written.
 */
export type ReleaseId = string & { readonly releaseId: true };

export const isReleaseId = (text: string): text is ReleaseId => releaseDate(text) !== undefined;

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

/** What a link into `releases/` is called, by whatever path: the ancestor's links are absolute. */
export const releaseInLink = (target: string): ReleaseId | undefined => {
  const name = /(?:^|\/)releases\/([^/]+)\/?$/.exec(target)?.[1];
  return name !== undefined && isReleaseId(name) ? name : undefined;
};

export const pinPrefix = 'KEEP_UNTIL__';

/** Until when a file name pins its release; `undefined` for other files, `forever` when unreadable. */
export const pinnedUntil = (fileName: string): Date | 'forever' | undefined =>
  fileName.startsWith(pinPrefix) ? (releaseDate(fileName.slice(pinPrefix.length)) ?? 'forever') : undefined;
