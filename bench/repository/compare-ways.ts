import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { verify } from '../../src/source/verify-script.ts';
import { writeOut } from '../../src/source/checkout-script.ts';
import type { Say } from '../measure/bench.ts';
import { runController } from '../measure/controller.ts';
import { median, spreadOf, type Spread } from '../measure/statistics.ts';
import { addedBy, type Added } from './added.ts';
import { generateRepository, type Shape } from './generate.ts';
import type { Disk } from './disk.ts';
import { ways, type Task, type Way } from './ways.ts';

/** What one way took, over all rounds. */
export interface Taken {
  readonly way: string;
  readonly against: string | undefined;
  /** Seconds. */
  readonly walls: readonly number[];
  readonly cpus: readonly number[];
  readonly added: Added;
}

/** A way that is not there on this machine, with the reason. */
export interface Impossible {
  readonly way: string;
  readonly because: string;
}

/** All ways with one repository. */
export interface Comparison {
  readonly shape: Shape;
  /** The file system. */
  readonly on: string;
  readonly taken: readonly Taken[];
  readonly impossible: readonly Impossible[];
  /** Seconds that checking the result against the commit takes, whatever the way. */
  readonly check: Spread | undefined;
}

/**
 * Writes the same commit out in every way, in turns, so that whatever else the machine does meets all of them. What is
 * written must be the commit's tree, else there is no figure. Files are in the page cache, nothing is synced to disk.
 */
export const compareWays = async (shape: Shape, disk: Disk, rounds: number, say: Say): Promise<Comparison> => {
  const folder = mkdtempSync(join(disk.path, 'ways-'));
  try {
    const repository = await generateRepository(join(folder, 'origin.git'), shape);
    const mirror = join(folder, 'mirror.git');
    const [previousCommit, commit] = [await repository.advance(), await repository.advance()];
    // A pack for the bulk and one for each delivery, as a mirror on a host has them.
    must(`git clone -q --bare --no-local '${repository.path}' '${mirror}'`);
    const releases = join(folder, 'releases');
    mkdirSync(releases);
    const previous = join(releases, 'previous');
    must(writeOut({ mirror, commit: previousCommit, into: previous }).text);

    const results = new Map<string, { against: string | undefined; walls: number[]; cpus: number[]; added: Added }>();
    const impossible: Impossible[] = [];
    const checks: number[] = [];
    for (let round = 0; round < rounds; round += 1)
      for (const way of ways.filter(({ name }) => !impossible.some((each) => each.way === name))) {
        const task = { mirror, commit, previous, previousCommit, into: join(releases, 'next') };
        const { ran, check, added } = await once(way, task, folder);
        if (ran.status !== 0) {
          if (way.special !== true) throw new Error(`${way.name}: ${ran.said}`);
          impossible.push({ way: way.name, because: ran.said.trim().split('\n')[0] ?? '' });
          continue;
        }
        checks.push(check);
        const known = results.get(way.name) ?? { against: way.against, walls: [], cpus: [], added };
        known.walls.push(ran.wall);
        known.cpus.push(ran.cpu);
        results.set(way.name, known);
      }
    say(`${shape.files} files on ${disk.name}: ways to write a release out, ${rounds} times each`);
    const taken = [...results].map(([way, result]) => ({ way, ...result }));
    return { shape, on: disk.name, taken, impossible, check: spreadOf(checks) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const once = async (way: Way, task: Task, folder: string) => {
  const { mirror, commit, previous, into } = task;
  const shell = async (script: string) =>
    runController(
      { program: '/bin/sh', words: ['-c', script], cwd: folder, env: process.env },
      { log: join(folder, 'way.log') },
    );
  const ran = await shell(way.script(task));
  if (ran.status !== 0) {
    rmSync(into, { recursive: true, force: true });
    return { ran, check: 0, added: { bytes: 0, inodes: 0, shared: 0 } };
  }
  const checked = await shell(verify({ mirror, commit, into }).text);
  if (checked.status !== 0) throw new Error(`${way.name} does not give the commit: ${checked.said}`);
  const added = addedBy(into, previous);
  if (way.after !== undefined) must(way.after(task));
  rmSync(into, { recursive: true, force: true });
  return { ran, check: checked.wall, added };
};

const must = (script: string): void => {
  const { status, stderr } = spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
};

/** The fastest of the ways that a release could be made in, by the median. */
export const fastest = ({ taken }: Comparison): Taken | undefined =>
  taken
    .filter(({ against, added }) => against === undefined && added.shared === 0)
    .toSorted((one, other) => median(one.walls) - median(other.walls))[0];
