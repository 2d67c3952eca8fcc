import { setTimeout as pause } from 'node:timers/promises';
import { until, well, type Ran } from '../../end-to-end/world.ts';
import { share } from '../../proof.ts';
import { openCommcareWorld, type CommcareWorld } from '../fleet/world.ts';
import { columnNumbered } from './columns.ts';
import { objectionsOn, programsOf } from './whole.ts';

/** What came of one kill. */
export interface Killed {
  /** For whoever watches. */
  readonly words: string;
  /** What is wrong on the fleet after the resume, one sentence each. */
  readonly objections: readonly string[];
}

/** A CommCare fleet with a first release, and the steps of its deploy in the order in which they begin. */
export interface Kills {
  readonly steps: readonly string[];
  /** Those that this part of the proof tries, spread evenly. */
  readonly chosen: readonly string[];
  /** Deploys a version with a migration, kills the controller in that step, resumes from another machine. */
  killAt(step: string): Promise<Killed>;
  close(): Promise<void>;
}

/** Milliseconds from a step's beginning to the kill, taken in turn: at once, in its first command, deep in it. */
const delays = [0, 150, 700];

export const openKills = async (): Promise<Kills> => {
  const world = await openCommcareWorld();
  try {
    const first = await well(
      world.fab('deploy', '--yes', '--json', '--other-branch', '--commit', nextCommit(world, 0)),
    );
    const steps = begun(first.stdout);
    const programs = await programsOf(world);
    const wanted = share(steps.length, 3);
    let count = 0;
    return {
      steps,
      chosen: steps.filter(
        (_, index) => Math.floor((index * wanted) / steps.length) !== Math.floor(((index - 1) * wanted) / steps.length),
      ),
      killAt: async (step) => {
        const delay = delays[count % delays.length] ?? 0;
        count += 1;
        const commit = nextCommit(world, count);
        const at = await deployAndKill(world, commit, step, delay);
        const resumed = await resume(world, commit, step);
        const objections = await objectionsOn(world, { commit, programs, column: count });
        return {
          words: `killed ${delay} ms into ${step}${at === step ? '' : ` (in ${at})`}: resumed in ${resumed.toFixed(0)} s, ${objections.length} objections`,
          objections,
        };
      },
      close: () => world.stop(),
    };
  } catch (error) {
    await world.stop();
    throw error;
  }
};

const nextCommit = ({ repository }: CommcareWorld, number: number): string =>
  number === 0 ? repository.next() : repository.next(columnNumbered(number));

interface HostStarted {
  readonly type: string;
  readonly step: string;
}

/** The steps that have begun, by the events that were printed so far; a torn last line counts for none. */
const begun = (lines: string): readonly string[] => [
  ...new Set(
    [...lines.matchAll(/^\{.*"type":"host-started".*\}$/gm)].map(([line]) => (JSON.parse(line) as HostStarted).step),
  ),
];

/** @returns the step that had begun last when the controller died, or that it was too late. */
const deployAndKill = async ({ desk }: CommcareWorld, commit: string, step: string, delay: number): Promise<string> => {
  const running = desk.start(['fleet', 'deploy', '--yes', '--json', '--other-branch', '--commit', commit]);
  let over = false;
  const ended = running.ended.then(({ status }) => {
    over = true;
    return status;
  });
  await until(async () => over || begun(running.said()).includes(step), 240, `the deploy comes to ${step}`);
  await pause(delay);
  running.child.kill('SIGKILL');
  if ((await ended) !== null) return 'nothing any more, it had ended';
  const last = begun(running.said()).at(-1);
  if (last === undefined) throw new Error(`no step has begun:\n${running.said()}`);
  return last;
};

/** From a machine that has nothing of the run but the environment. @returns seconds. */
const resume = async ({ desk }: CommcareWorld, commit: string, step: string): Promise<number> => {
  const other = desk.otherCheckout();
  const began = Date.now();
  const again = async (words: readonly string[]): Promise<Ran> => {
    for (;;) {
      const ran = await desk.fab(['fleet', 'deploy', '--yes', ...words], other);
      // Its locks go with its connections, its preindex goes on without it.
      const waits = ran.status === 3 || ran.status === 5;
      if (!waits || Date.now() - began > 240_000) return ran;
      await pause(1000);
    }
  };
  // Killed before its release was on any host, a run has left nothing to go on with: then one deploys anew.
  const ran = await again(step === 'release.create' ? ['--other-branch', '--commit', commit] : ['--resume']);
  if (ran.status !== 0)
    throw new Error(
      `after a kill in ${step}, --resume ended with ${String(ran.status)}:\n${ran.stdout}\n${ran.stderr}`,
    );
  return (Date.now() - began) / 1000;
};
