import * as crypto from 'node:crypto';
import { jest } from '@jest/globals';
import { entropy } from './entropy.ts';
import type { play } from './schedule.ts';

/** The engine and its schedules, loaded so that nothing in them is left to chance. */
export const loadPlay = async (): Promise<typeof play> => {
  jest.unstable_mockModule('node:crypto', () => ({
    ...crypto,
    randomBytes: (size: number) => entropy.bytes(size),
  }));
  return (await import('./schedule.ts')).play;
};
