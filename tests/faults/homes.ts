import { mkdirSync } from 'node:fs';
import type { Fleet } from '../fleet/index.ts';
import { here, killAll, processesOf } from './hosts.ts';

/** Beside the releases: what the application's steps leave, and what a full disk is full of. */
const beside = '"$home/restarts" "$home/migrations" "$home/ballast"';
const nameOf = '"$(basename "${home%/home/*}")"';

/** Keeps the state of every host's `www` and brings it back, from outside of the hosts. */
export const keepHomes = (fleet: Fleet, uid: number, saved: string) => {
  const homes = fleet.hosts.map((host) => host.path('.'));
  return {
    async save(): Promise<void> {
      mkdirSync(saved);
      await here(`saved=$1; shift; for home; do cp -a "$home/www" "$saved/"${nameOf} || exit 1; done`, [
        saved,
        ...homes,
      ]);
    },
    /** What still runs there ends first: it must not write into the state of the next injection. */
    async restore(): Promise<void> {
      killAll(processesOf(uid));
      const line = `saved=$1; shift; for home; do rm -rf "$home/www" ${beside}; cp -a "$saved/"${nameOf} "$home/www" || exit 1; done`;
      await here(line, [saved, ...homes]);
    },
  };
};

/** A user number for a lane that no other process of this machine has. */
export const userNumber = (lane: number): number => 200_000 + (process.pid % 100_000) * 16 + lane;
