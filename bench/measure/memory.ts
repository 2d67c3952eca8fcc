import { readFileSync } from 'node:fs';
import type { Cgroup } from './cgroup.ts';

/** The most that a group of processes had at one time, in MB (10^6 bytes), as far as the samples saw it. */
export interface Memory {
  /** Anonymous memory: what would not be there without them. Pages that several of them share count once. */
  readonly anonymousMb: number;
  /** Resident memory as `top` shows it; what processes share counts once for each. */
  readonly residentMb: number;
}

const kilobytes = (rollup: string, key: string): number =>
  Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(rollup)?.[1] ?? 0);

/** What these processes have now. */
export const memoryOf = (pids: readonly number[]): Memory => {
  let [anonymous, resident] = [0, 0];
  for (const pid of pids) {
    try {
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
      anonymous += kilobytes(rollup, 'Pss_Anon');
      resident += kilobytes(rollup, 'Rss');
    } catch {
      // It has ended since.
    }
  }
  return { anonymousMb: (anonymous * 1024) / 1e6, residentMb: (resident * 1024) / 1e6 };
};

/** Looks again and again until the returned function is called, which answers with the peak. */
export const watchMemory = (group: Cgroup): (() => Memory) => {
  let peak: Memory = { anonymousMb: 0, residentMb: 0 };
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const began = performance.now();
    const now = memoryOf(group.pids());
    peak = {
      anonymousMb: Math.max(peak.anonymousMb, now.anonymousMb),
      residentMb: Math.max(peak.residentMb, now.residentMb),
    };
    // Looking at two hundred processes costs some tens of milliseconds: never more than a twentieth of a core.
    timer = setTimeout(look, Math.max(40, 20 * (performance.now() - began)));
  };
  look();
  return () => {
    clearTimeout(timer);
    return peak;
  };
};
