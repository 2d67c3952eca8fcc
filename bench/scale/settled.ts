import { setTimeout as pause } from 'node:timers/promises';
import type { Cgroup } from '../measure/cgroup.ts';

/** Resolves when no more than `quiet` processes of the group are left, or after `patience` seconds. */
export const settled = async (group: Cgroup, quiet: number, patience: number): Promise<void> => {
  const end = Date.now() + patience * 1000;
  while (group.pids().length > quiet && Date.now() < end) await pause(20);
};
