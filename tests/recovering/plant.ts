import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load, plan, run, type Outcome, type RunEvent } from '../../src/index.ts';
import { publishRecordText, type Phase, type PublishRecord } from '../../src/model/publish-record.ts';
import type { ReleaseId } from '../../src/model/release.ts';
import type { ReleaseRecord } from '../../src/model/release-choice.ts';
import type { Place } from './place.ts';

/** The releases that lie on the first host, oldest first. */
export const releasesOn = (place: Place): readonly ReleaseId[] =>
  readdirSync(place.path(place.hosts[0] ?? '', 'releases')).sort() as ReleaseId[];

/** Points `current` of a host at something, whatever is there now. */
export const point = (place: Place, host: string, target: string): void => {
  rmSync(place.path(host, 'current'), { recursive: true, force: true });
  symlinkSync(target, place.path(host, 'current'));
};

export const edit = (file: string, change: (text: string) => string): void =>
  writeFileSync(file, change(readFileSync(file, 'utf8')));

/** Changes `release.json` of a release on one host. */
export const editRelease = (
  place: Place,
  host: string,
  release: string,
  change: (record: ReleaseRecord) => object,
): void =>
  edit(place.path(host, `releases/${release}/.fab/release.json`), (text) =>
    JSON.stringify(change(JSON.parse(text) as ReleaseRecord)),
  );

/** What a killed run left on one host: its record's phase, and whether `current` is what it was before. */
export type Left = readonly [phase: Phase, shows: 'before' | 'after', more?: Partial<PublishRecord>];

/** Leaves a publish of a release in the middle, as a run that was killed does. */
export const leaveInterrupted = (
  place: Place,
  { release, over, task = 'deploy' }: { readonly release: ReleaseId; readonly over: ReleaseId; readonly task?: string },
  left: readonly Left[],
): void => {
  const { hosts } = place;
  const epoch = Number(readFileSync(place.path(hosts[0] ?? '', '.fab/epoch'), 'utf8')) + 1;
  const record: PublishRecord = {
    v: 1,
    epoch,
    run: `${release} 0badcafe`,
    task,
    release,
    commit: null,
    phase: 'prepared',
    participants: Object.fromEntries(hosts.map((host) => [host, `releases/${over}`])),
    behind: {},
    user: 'ana',
    machine: 'laptop',
    at: new Date().toISOString(),
  };
  hosts.forEach((host, index) => {
    const [phase, shows, more] = left[index] ?? ['prepared', 'before'];
    writeFileSync(place.path(host, '.fab/epoch'), String(epoch));
    writeFileSync(place.path(host, '.fab/txn'), publishRecordText({ ...record, phase, ...more }));
    point(place, host, `releases/${shows === 'before' ? over : release}`);
  });
};

/** What `--hold` leaves, less what says that it was only held: as it is when a publish begins. */
export const asIfToBePublished = (place: Place, release: string): void => {
  for (const host of place.hosts) {
    editRelease(place, host, release, (record) => ({ ...record, heldOver: undefined }));
    for (const name of readdirSync(place.path(host, `releases/${release}`)))
      if (name.startsWith('KEEP_UNTIL__')) rmSync(place.path(host, `releases/${release}/${name}`));
  }
};

/** A line in the middle of a journal, which ends as it ended. */
export const spoilJournal = (place: Place, host: string, release: string, line: string): void =>
  edit(place.path(host, `releases/${release}/.fab/journal.jsonl`), (text) => {
    const [first = '', ...rest] = text.split('\n');
    return [first, line, ...rest].join('\n');
  });

/** A switch that programs on the hosts look at: `~/slow`, `~/refuse`. */
export const switchOn = (place: Place, name: string, on = true): void => {
  for (const { name: host } of place.fleet.hosts) {
    const file = join(place.fleet.host(host).home, name);
    if (on) appendFileSync(place.fleet.host(host).path(name), '');
    else if (existsSync(place.fleet.host(host).path(name))) rmSync(place.fleet.host(host).path(name));
    else throw new Error(`${file} is not there`);
  }
};

/** A deploy by somebody else: it says nothing here. */
export const deployElsewhere = async (
  place: Place,
  options: { readonly observe?: (event: RunEvent) => void; readonly signal?: AbortSignal } = {},
): Promise<Outcome> => {
  const loaded = await load({ environment: 'production', environments: place.environments, fabfile: place.fabfile });
  if (!loaded.ok) throw new Error(loaded.failure.map(({ sentence }) => sentence).join('\n'));
  try {
    const planned = await plan(loaded.value, 'deploy', {}, { answers: ['yes', 'same-commit'] });
    if (!planned.ok) throw new Error(planned.failure.map(({ sentence }) => sentence).join('\n'));
    return await run(planned.value, options);
  } finally {
    await loaded.value.close();
  }
};
