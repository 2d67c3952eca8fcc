import type { ReleaseId } from './release.ts';

/**
 * `.fab/txn` on every release host: the last publish as this host knows it. One line of JSON, replaced
 * whole and fsynced before anybody hears of it.
 *
 * - `prepared`: the lock is held, the release is complete, the next link is made. Nothing was renamed.
 * - `decided`: every participant was prepared. Written everywhere before the first rename.
 * - `undo`: the rename failed somewhere. Written everywhere before the first link is put back.
 * - `aborted`: given up before the decision. Nothing was renamed.
 * - `closed`: over; `ended` says how.
 */
export type Phase = 'prepared' | 'decided' | 'undo' | 'aborted' | 'closed';

export interface PublishRecord {
  readonly v: 1;
  /** Grows with every run that takes the fleet's lock; of two records of one run, the higher one holds. */
  readonly epoch: number;
  readonly run: string;
  readonly task: string;
  readonly release: ReleaseId;
  readonly commit: string | null;
  readonly phase: Phase;
  readonly ended?: 'published' | 'undone';
  /** Every host that the publish is about, with what its `current` pointed to before; null for nothing. */
  readonly participants: Readonly<Record<string, string | null>>;
  /** Release hosts that were left out, and why: `--when-unreachable leave`. */
  readonly behind: Readonly<Record<string, string>>;
  readonly user: string;
  readonly machine: string;
  /** ISO 8601, UTC, the controller's clock. */
  readonly at: string;
}

const version: number = 1;
const phases: readonly string[] = ['prepared', 'decided', 'undo', 'aborted', 'closed'] satisfies Phase[];

/** What lies in `.fab/txn`: a record, nothing, or something that this version must not act on. */
export type FoundRecord =
  | { readonly kind: 'record'; readonly record: PublishRecord }
  | { readonly kind: 'none' }
  | { readonly kind: 'too-new' }
  | { readonly kind: 'unreadable' };

export const publishRecordText = (record: PublishRecord): string => JSON.stringify(record);

export const readPublishRecord = (text: string | undefined): FoundRecord => {
  if (text === undefined || text.trim() === '') return { kind: 'none' };
  if (text !== latest?.text) latest = { text, found: parsed(text) };
  return latest.found;
};

/** Every host of a fleet says the same, and names every other: read once, it is not read n × n times. */
let latest: { readonly text: string; readonly found: FoundRecord } | undefined;

const parsed = (text: string): FoundRecord => {
  try {
    const value = JSON.parse(text) as Partial<PublishRecord> | null;
    if (typeof value?.v === 'number' && value.v > version) return { kind: 'too-new' };
    const whole =
      value?.v === version &&
      typeof value.epoch === 'number' &&
      typeof value.run === 'string' &&
      typeof value.release === 'string' &&
      typeof value.participants === 'object' &&
      phases.includes(value.phase ?? '');
    return whole ? { kind: 'record', record: value as PublishRecord } : { kind: 'unreadable' };
  } catch {
    return { kind: 'unreadable' };
  }
};

/** What one host says of the last publish. */
export interface Witness {
  readonly host: string;
  readonly record: PublishRecord | undefined;
}

/** What is to be done about an interrupted publish. */
export type Settlement =
  | { readonly kind: 'settled' }
  | {
      /** `forward`: every host goes to the release. `back`: every host to what it had. `abort`: nobody renamed. */
      readonly kind: 'forward' | 'back' | 'abort';
      readonly record: PublishRecord;
      /** Hosts asked that have not closed it yet. */
      readonly open: readonly string[];
      /** Participants that were not asked. */
      readonly missing: readonly string[];
    };

/**
 * The one rule by which an interrupted publish ends, from the records of the hosts that answer. The
 * records of the highest epoch hold: `undo` or `aborted` on any of them, and nobody shall be on the
 * new release; else `decided` on any of them, and everybody shall; else nobody has renamed. It is
 * sound because the decision is on every participant before the first rename, and `undo` on every
 * participant before the first link is put back (tests/simulation/protocol).
 */
export const settlementOf = (witnesses: readonly Witness[]): Settlement => {
  const records = witnesses.flatMap(({ host, record }) => (record === undefined ? [] : [{ host, record }]));
  const top = records.reduce<PublishRecord | undefined>(
    (best, { record }) => (best === undefined || isNewer(record, best) ? record : best),
    undefined,
  );
  if (top === undefined) return { kind: 'settled' };
  // A run that goes back after a failure publishes twice under one number: the releases tell its records apart.
  const same = records.filter(
    ({ host, record }) => record.run === top.run && record.release === top.release && host in top.participants,
  );
  const kind = direction(same.filter(({ record }) => record.epoch === top.epoch).map(({ record }) => record));
  // A record that is over the other way is open too: a settling run that was killed may have written
  // `aborted` here, and a later one, which did not reach this host, may have gone forward.
  const open = same.filter(({ record }) => !endedBy(kind, record)).map(({ host }) => host);
  if (open.length === 0) return { kind: 'settled' };
  const asked = new Set(witnesses.map(({ host }) => host));
  return {
    kind,
    record: top,
    open,
    missing: Object.keys(top.participants).filter((host) => !asked.has(host)),
  };
};

/** Of one run's two publishes, the second begins when the first is over. */
const isNewer = (record: PublishRecord, than: PublishRecord): boolean =>
  record.epoch > than.epoch || (record.epoch === than.epoch && isOver(than) && !isOver(record));

/** It goes to an older release: by `rollback`, or by a deploy that goes back after a failure. */
export const isWayBack = ({ task, release, participants }: PublishRecord): boolean =>
  task === 'rollback' || Object.values(participants).some((link) => (link?.split('/').at(-1) ?? '') > release);

export const isOver = ({ phase }: PublishRecord): boolean => phase === 'closed' || phase === 'aborted';

/** Whether this host is through with a publish that ends this way. */
const endedBy = (kind: 'forward' | 'back' | 'abort', { phase, ended }: PublishRecord): boolean =>
  kind === 'forward'
    ? phase === 'closed' && ended !== 'undone'
    : phase === 'aborted' || (phase === 'closed' && ended === 'undone');

const direction = (records: readonly PublishRecord[]): 'forward' | 'back' | 'abort' => {
  const any = (is: (record: PublishRecord) => boolean): boolean => records.some(is);
  if (any(({ phase, ended }) => phase === 'undo' || phase === 'aborted' || ended === 'undone')) return 'back';
  if (any(({ phase }) => phase === 'decided' || phase === 'closed')) return 'forward';
  return 'abort';
};
