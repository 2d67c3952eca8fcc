import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedUntil } from '../../../src/model/release.ts';
import type { ReleaseRecord } from '../../../src/model/release-choice.ts';
import type { DiskFleet } from './disk-fleet.ts';
import { newCopy, type Copy, type HostTruth } from './truth.ts';

/** What no file says: the test itself knows it. */
export interface Known {
  readonly users: (release: string) => number;
  readonly isHeld: (release: string) => boolean;
}

/** What is true of one host, read from its disk without a survey. */
export const readHost = (fleet: DiskFleet, name: string, known: Known): HostTruth => {
  const at = (path: string): string => fleet.path(name, path);
  const releases = existsSync(at('releases')) ? readdirSync(at('releases')) : [];
  return {
    name,
    copies: new Map(releases.map((id) => [id, copyAt(at(`releases/${id}`), id, known)])),
    live: existsSync(at('current')) ? readlinkSync(at('current')).replace(/^releases\//, '') : undefined,
    records: existsSync(at('RELEASES.txt'))
      ? readFileSync(at('RELEASES.txt'), 'utf8')
          .split('\n')
          .map((line) => line.split('/').at(-1) ?? '')
          .filter((line) => line !== '')
      : [],
    readable: true,
    sees: !fleet.blind.has(name),
  };
};

const copyAt = (folder: string, id: string, { users, isHeld }: Known): Copy => {
  const file = join(folder, '.fab/release.json');
  return newCopy(existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ReleaseRecord).state : 'foreign', {
    pins: readdirSync(folder).flatMap((name) => {
      const until = pinnedUntil(name);
      return until === undefined ? [] : [until === 'forever' ? until : until.getTime()];
    }),
    users: users(id),
    held: isHeld(id),
  });
};
