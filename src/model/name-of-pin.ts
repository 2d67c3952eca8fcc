/** `pinName` (release-name.ts) for whoever rarely needs it: the date library is loaded by the first call. */
export const nameOfPin = async (moment: Date, days: number): Promise<string> =>
  (await import('./release-name.ts')).pinName(moment, days);
