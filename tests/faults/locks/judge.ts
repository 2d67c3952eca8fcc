import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { pause } from '../../../src/run/pause.ts';
import type { Contest, ContestOptions } from './contest.ts';
import { marksIn, overlaps } from './effects.ts';
import { namingFolder } from './processes.ts';
import { marksPerStep } from './shared-fleet.ts';

const isHeld = (file: string): boolean => existsSync(file) && spawnSync('flock', ['-n', file, 'true']).status !== 0;

/** Locks that somebody still holds below a root. */
export const heldLocks = (root: string): readonly string[] =>
  readdirSync(join(root, '.fab'))
    .filter((name) => /^(lock|work|alive-.*)$/.test(name))
    .filter((name) => isHeld(join(root, '.fab', name)));

const namesOwner = /is locked by ana\d+\.\d+ on laptop: restart_services, since .* process \d+/;
const cameBetween =
  /came in between each time this one looked, the last one by (another run|ana\d+\.\d+ on laptop: restart_services, since .* process \d+)/;
/** A stubborn command of a run that is dead outlives its lock. */
const namesCommand = /^A command of an earlier run still works on web\d .*process( \d+: | that cannot be seen)/;

/** One run at a time, and nothing left of any: said of a contest that is over. */
export const judge = async (
  { acquisitions, succeeded, refusals, failures, waiting, tally, seconds }: Contest,
  { folder, hosts, lease, acquisitions: wanted }: ContestOptions,
): Promise<void> => {
  const marks = marksIn(folder);
  const overlapping = overlaps(marks);
  const badRefusals = refusals.filter(
    (sentence) => ![namesOwner, cameBetween, namesCommand].some((words) => words.test(sentence)),
  );
  const remains = (): readonly string[] => [
    ...hosts.flatMap((host) => heldLocks(join(folder, host)).map((name) => `${host}: ${name}`)),
    ...namingFolder(folder),
  ];
  // What a killed controller left behind has its lease, and the time of a hard kill.
  const deadline = Date.now() + (lease + 6) * 1000;
  while (remains().length > 0 && Date.now() < deadline) await pause(250);
  const left = remains();
  process.stderr.write(
    `locks: ${acquisitions} acquisitions in ${seconds.toFixed(0)} s, ${succeeded.length} runs succeeded, ${refusals.length} refused, ${failures.length} failed, ${marks.length} marks; overlaps ${overlapping.length}, locks and processes left ${left.length}, waiting for ever ${waiting.length}\n${tally.table('event')}\n`,
  );
  expect(overlapping).toEqual([]);
  // A run that says it is done has done all of it.
  const expected = 2 * marksPerStep * hosts.length;
  expect(succeeded.filter((run) => marks.filter((mark) => mark.run === run).length !== expected)).toEqual([]);
  expect([...new Set(badRefusals)]).toEqual([]);
  expect({ waiting, left }).toEqual({ waiting: [], left: [] });
  expect(acquisitions).toBeGreaterThanOrEqual(wanted);
};
