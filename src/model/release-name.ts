import { UTCDateMini } from '@date-fns/utc/date/mini';
import { addDays } from 'date-fns/addDays';
import { lightFormat } from 'date-fns/lightFormat';
import { pinPrefix, type ReleaseId } from './release.ts';

// The only file that imports date-fns, and by sub-path: the whole of it costs a second to load, and UTCDate, which can
// also be printed, three Intl formats: half of a start of `fab`.

const pattern = 'yyyy-MM-dd_HH.mm.ss';

/** The name of a release that is made at this moment. */
export const releaseIdAt = (moment: Date): ReleaseId => lightFormat(new UTCDateMini(moment), pattern) as ReleaseId;

/** `KEEP_UNTIL__2026-11-30_14.05.33`: the file that pins a release for some days. */
export const pinName = (moment: Date, days: number): string =>
  `${pinPrefix}${lightFormat(addDays(new UTCDateMini(moment), days), pattern)}`;
