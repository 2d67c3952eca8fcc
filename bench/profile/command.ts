import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { openDesk } from '../../tests/end-to-end/world.ts';
import type { Bench } from '../measure/bench.ts';
import type { CommandLine } from '../measure/controller.ts';
import { median, spreadOf } from '../measure/statistics.ts';
import { temporaryFolder } from '../measure/temporary-folder.ts';
import { enter } from '../peers/cell.ts';
import { commandLine } from '../peers/deploy.ts';
import { openLab, type Lab } from '../peers/lab.ts';
import { makeRepository } from '../peers/repository.ts';
import { fabwright } from '../peers/tools/fabwright.ts';
import { spread, table } from '../table.ts';
import { partsOf, usedAt, type Told } from './parts.ts';

const usualRounds = 5;
/** So that five releases are there, and every deploy deletes one. */
const unmeasured = 6;

/** Milliseconds, by the name of the part. */
type Profile = ReadonlyMap<string, { readonly cpu: number; readonly wall: number }>;

/** Where the CPU and the time of one host go in a warm deploy, by parts of it. */
export const bench: Bench = async ({ rounds = usualRounds }, say) => {
  const desk = openDesk();
  const { path: folder, remove } = temporaryFolder('profile');
  try {
    const repository = makeRepository(join(folder, 'app.git'), unmeasured + rounds);
    const lab = await openLab(join(folder, 'desk'), { hosts: 1, roundTrip: 0 }, repository);
    try {
      const contestant = await enter(lab, fabwright(desk.program));
      const profiles: Profile[] = [];
      for (const [round, commit] of repository.commits.entries()) {
        repository.show(commit);
        await pause(1000); // Releases are named to the second.
        const profile = await profiled(lab, commandLine(contestant, contestant.deploy(commit)));
        if (round >= unmeasured) profiles.push(profile);
        say(round < unmeasured ? 'filling' : `round ${round - unmeasured + 1} of ${rounds}`);
      }
      return { markdown: profileTable(profiles), figures: profiles.map((profile) => Object.fromEntries(profile)) };
    } finally {
      await lab.stop();
    }
  } finally {
    remove();
    desk.dispose();
  }
};

const now = (): number => performance.timeOrigin + performance.now();

const profiled = async (lab: Lab, { program, words, cwd, env }: CommandLine): Promise<Profile> => {
  const readings: [number, number][] = [];
  const read = (): void => void readings.push([now(), lab.hosts.cpuSeconds() * 1000]);
  const meter = setInterval(read, 1);
  try {
    read();
    const began = now();
    const child = spawn(program, [...words, '--json'], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, said] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    if (child.exitCode !== 0) throw new Error(`the deploy ended with ${String(child.exitCode)}: ${said.slice(-2000)}`);
    await lab.hosts.settled();
    read();
    const events = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Told);
    const profile = new Map<string, { cpu: number; wall: number }>();
    for (const { name, from, to } of partsOf(events, began, now())) {
      const known = profile.get(name) ?? { cpu: 0, wall: 0 };
      const cpu = usedAt(readings, to) - usedAt(readings, from);
      profile.set(name, { cpu: known.cpu + cpu, wall: known.wall + to - from });
    }
    return profile;
  } finally {
    clearInterval(meter);
  }
};

const profileTable = (profiles: readonly Profile[]): string => {
  const names = [...new Set(profiles.flatMap((profile) => [...profile.keys()]))];
  const over = (name: string, of: 'cpu' | 'wall'): readonly number[] =>
    profiles.map((profile) => profile.get(name)?.[of] ?? 0);
  const cell = (name: string, of: 'cpu' | 'wall'): string => spread(spreadOf(over(name, of)));
  const sum = (of: 'cpu' | 'wall'): string =>
    Math.round(
      median(profiles.map((profile) => [...profile.values()].reduce((all, part) => all + part[of], 0))),
    ).toString();
  return table([
    ['part', "host's CPU ms", 'ms'],
    ...names.map((name) => [name, cell(name, 'cpu'), cell(name, 'wall')]),
    ['all', sum('cpu'), sum('wall')],
  ]);
};
