import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contest, type Contest, type ContestOptions } from './contest.ts';

/** A contest on roots of its own, judged and cleaned away. */
export const fight = async (
  options: Omit<ContestOptions, 'folder' | 'hosts'>,
  judge: (contest: Contest, options: ContestOptions) => Promise<void> | void,
): Promise<void> => {
  // In memory where there is such a place: every lock is fsynced, and what counts here is who holds it.
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'fab-locks-'));
  const hosts = ['web1', 'web2', 'web3'];
  for (const host of hosts) mkdirSync(join(folder, host));
  try {
    const whole = { ...options, folder, hosts };
    await judge(await contest(whole), whole);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
