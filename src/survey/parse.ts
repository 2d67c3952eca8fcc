import type { Json } from '../model/json.ts';
import { readPublishRecord } from '../model/publish-record.ts';
import { pinnedUntil, releaseInLink } from '../model/release.ts';
import type { ReleaseRecord } from '../model/release-choice.ts';
import type { CurrentLink, HostSurvey, ReleaseOnHost, StepOnHost } from '../model/survey.ts';
import { readJournalLines } from '../model/journal-line.ts';

interface Field {
  readonly key: string;
  readonly value: string;
}

/** Reads what `surveyScript` printed. `now` is the controller's clock when the answer came. */
export const parseSurvey = (host: string, text: string, now: Date): HostSurvey => {
  const fields = text.split('\n').flatMap((line): Field[] => {
    const tab = line.indexOf('\t');
    return tab < 0 ? [] : [{ key: line.slice(0, tab), value: line.slice(tab + 1) }];
  });
  const one = (key: string): string | undefined => fields.find((field) => field.key === key)?.value;
  const all = (key: string): readonly string[] => fields.filter((field) => field.key === key).map(({ value }) => value);
  const inUse = new Set(all('inuse'));
  const strays = all('stray');
  const held = heldFiles(all('inode'), new Set(all('flock')), `${one('root') ?? ''}/`);
  const releases = releasesIn(fields, held, inUse);
  return {
    host,
    root: one('root') ?? '',
    user: one('user') ?? '',
    uid: Number(one('uid') ?? -1),
    home: one('home') ?? '',
    machine: one('machine') ?? '',
    path: one('path') ?? '',
    current: one('current-real') === undefined ? currentLink(one, strays) : { kind: 'not-a-link' },
    releases,
    strays,
    lastSize: sizeFrom(releases.find(({ name }) => name === one('sized'))?.record?.size, one('size')),
    recorded: all('recorded')
      .map((line) => line.trim().replace(/\/+$/, '').split('/').at(-1) ?? '')
      .filter((name) => name !== ''),
    missingShared: all('missing'),
    notWritable: one('readonly'),
    disk: diskFrom(one('disk'), one('inodes')),
    tools: Object.fromEntries(
      fields.filter(({ key }) => key.startsWith('tool-')).map(({ key, value }) => [key.slice(5), version(value)]),
    ),
    clockSkewSeconds: Math.round(Number(one('clock') ?? NaN) - now.getTime() / 1000),
    bootId: one('boot'),
    seesProcesses: one('sees-all') !== undefined,
    owner: one('owner'),
    lockHeld: held.has('.fab/lock'),
    txn: readPublishRecord(one('txn')),
    epoch: Number(one('epoch') ?? 0) || 0,
    history: all('history').flatMap((line) => parsed(line)),
  };
};

/** Files that some process holds locked, below the root. The lines are `INODE PATH`. */
const heldFiles = (lines: readonly string[], locked: ReadonlySet<string>, root: string): ReadonlySet<string> =>
  new Set(
    lines.flatMap((line) => {
      const [inode = ''] = line.split(' ', 1);
      const path = line.slice(inode.length + 1);
      return locked.has(inode) && path.startsWith(root) ? [path.slice(root.length)] : [];
    }),
  );

/** Pins and steps follow their release; records and journals come later and name it by its place in the list. */
const releasesIn = (
  fields: readonly Field[],
  held: ReadonlySet<string>,
  inUse: ReadonlySet<string>,
): ReleaseOnHost[] => {
  const sections: { name: string; fields: Field[] }[] = [];
  for (const { key, value } of fields) {
    if (key === 'release') sections.push({ name: value, fields: [] });
    else if (key === 'pin' || key === 'step') sections.at(-1)?.fields.push({ key, value });
    const [, kind = '', place = ''] = /^(record|journal)-(\d+)$/.exec(key) ?? [];
    if (kind !== '') sections[Number(place)]?.fields.push({ key: kind, value });
  }
  return sections
    .map(({ name, fields: own }) => {
      const all = (key: string) => own.filter((field) => field.key === key).map(({ value }) => value);
      const journal = readJournalLines(all('journal'));
      const inside = `releases/${name}/.fab/`;
      return {
        name,
        record: all('record').flatMap((line) => recordFrom(line))[0],
        pinnedUntil: latestPin(all('pin')),
        inUse: inUse.has(name),
        locked: [...held].some((path) => path.startsWith(inside) && path.endsWith('/lock')),
        ...(held.has(`${inside}lock`) ? { building: true } : {}),
        journal: journal.entries,
        journalTooNew: journal.tooNew,
        journalGarbage: journal.garbage,
        ...stepsFrom(all('step'), (step) => held.has(`${inside}steps/${step}/status`)),
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
};

/** `NAME running TIME`: it runs while its status file is locked, and is lost when that lock is free. */
const stepsFrom = (lines: readonly string[], isHeld: (step: string) => boolean): Pick<ReleaseOnHost, 'steps'> => {
  const steps = lines.flatMap((line): StepOnHost[] => {
    const [step = '', word, time] = line.trim().split(/\s+/);
    const since = Number(time) || 0;
    if (word === 'ended' || word === 'cancelled') return [{ step, state: word, since }];
    if (isHeld(step)) return [{ step, state: 'running', since }];
    return word === 'running' ? [{ step, state: 'lost', since }] : [];
  });
  return steps.length === 0 ? {} : { steps };
};

const currentLink = (one: (key: string) => string | undefined, strays: readonly string[]): CurrentLink => {
  const target = one('current-link');
  if (target === undefined) return { kind: 'absent' };
  const id = releaseInLink(target);
  return id !== undefined && one('current-inside') !== undefined && !strays.includes(id)
    ? { kind: 'release', id, exists: one('current-exists') !== undefined }
    : { kind: 'foreign', target };
};

const latestPin = (names: readonly string[]): Date | 'forever' | undefined =>
  names
    .map((name) => pinnedUntil(name))
    .filter((until) => until !== undefined)
    .reduce<Date | 'forever' | undefined>(
      (latest, until) =>
        latest === undefined || until === 'forever' || (latest !== 'forever' && until > latest) ? until : latest,
      undefined,
    );

const recordFrom = (line: string): ReleaseRecord[] =>
  parsed(line).flatMap((value) =>
    typeof value === 'object' && value !== null && 'version' in value ? [value as unknown as ReleaseRecord] : [],
  );

const parsed = (line: string): Json[] => {
  try {
    return [JSON.parse(line) as Json];
  } catch {
    return []; // A torn line is no line.
  }
};

/** The record's own word costs nothing; du's is asked for where there is none. */
const sizeFrom = (recorded: ReleaseRecord['size'], measured: string | undefined): HostSurvey['lastSize'] => {
  if (recorded !== undefined) return recorded;
  const [kibibytes = NaN, inodes = NaN] = (measured ?? '').split(' ').map(Number);
  return kibibytes > 0 && inodes > 0 ? { bytes: kibibytes * 1024, inodes } : undefined;
};

const diskFrom = (blocks: string | undefined, inodes: string | undefined): HostSurvey['disk'] => {
  const [total, free] = (blocks ?? '').split(' ').map(Number);
  if (total === undefined || free === undefined || Number.isNaN(free)) return undefined;
  return {
    totalBytes: total * 1024,
    freeBytes: free * 1024,
    // Not told where there is no fixed number of them.
    freeInodes: /^\d+$/.test(inodes ?? '') ? Number(inodes) : Number.MAX_SAFE_INTEGER,
  };
};

const version = (text: string): string => /\d+(?:\.\d+)+/.exec(text)?.[0] ?? text;
