import type { Json } from '../model/json.ts';
import { isReleaseId, pinnedUntil } from '../model/release.ts';
import type { ReleaseRecord } from '../model/release-choice.ts';
import type { CurrentLink, HostSurvey, ReleaseOnHost } from '../model/survey.ts';
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
  const heldInodes = new Set(all('flock'));
  const inUse = new Set(all('inuse'));
  return {
    host,
    root: one('root') ?? '',
    user: one('user') ?? '',
    uid: Number(one('uid') ?? -1),
    home: one('home') ?? '',
    machine: one('machine') ?? '',
    path: one('path') ?? '',
    current: currentLink(one('current-link'), one('current-exists') !== undefined, one('current-real') !== undefined),
    releases: releasesIn(fields, heldInodes, inUse),
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
    history: all('history').flatMap((line) => parsed(line)),
  };
};

const releasesIn = (
  fields: readonly Field[],
  held: ReadonlySet<string>,
  inUse: ReadonlySet<string>,
): ReleaseOnHost[] => {
  const sections: { name: string; fields: Field[] }[] = [];
  for (const field of fields) {
    if (field.key === 'release') sections.push({ name: field.value, fields: [] });
    else if (['record', 'lockinode', 'pin', 'journal'].includes(field.key)) sections.at(-1)?.fields.push(field);
  }
  return sections
    .map(({ name, fields: own }) => {
      const all = (key: string) => own.filter((field) => field.key === key).map(({ value }) => value);
      const journal = readJournalLines(all('journal'));
      return {
        name,
        record: all('record').flatMap((line) => recordFrom(line))[0],
        pinnedUntil: latestPin(all('pin')),
        inUse: inUse.has(name),
        locked: all('lockinode').some((inode) => held.has(inode)),
        journal: journal.entries,
        journalTooNew: journal.tooNew,
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
};

const currentLink = (target: string | undefined, exists: boolean, real: boolean): CurrentLink => {
  if (real) return { kind: 'not-a-link' };
  if (target === undefined) return { kind: 'absent' };
  // The ancestor's absolute links are read too: its releases can be rolled back to.
  const name = /(?:^|\/)releases\/([^/]+)\/?$/.exec(target)?.[1];
  return name !== undefined && isReleaseId(name) ? { kind: 'release', id: name, exists } : { kind: 'foreign', target };
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

const diskFrom = (blocks: string | undefined, inodes: string | undefined): HostSurvey['disk'] => {
  const [total, free] = (blocks ?? '').split(' ').map(Number);
  if (total === undefined || free === undefined || Number.isNaN(free)) return undefined;
  const freeInodes = Number(inodes);
  return {
    totalBytes: total * 1024,
    freeBytes: free * 1024,
    // btrfs and others have no fixed number and print 0 or a dash.
    freeInodes: Number.isFinite(freeInodes) && freeInodes > 0 ? freeInodes : Number.MAX_SAFE_INTEGER,
  };
};

const version = (text: string): string => /\d+(?:\.\d+)+/.exec(text)?.[0] ?? text;
