import { spawnSync } from 'node:child_process';
import type { Json } from '../measure/bench.ts';
import { spreadOf, type Spread } from '../measure/statistics.ts';
import { temporaryFolder } from '../measure/temporary-folder.ts';

/** Milliseconds from start to end. */
export interface StartUp {
  /** `fab -l` in an empty folder. */
  readonly list: Spread;
  /** Node with a program that does nothing. */
  readonly node: Spread;
}

const took = (words: readonly string[], cwd: string): number => {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, words, { cwd, env: { PATH: process.env['PATH'] } });
  if (status !== 0) throw new Error(`node ${words.join(' ')}: ${stderr.toString()}`);
  return performance.now() - began;
};

/** One after the other, in turns; `program` is the built dist/cli/bin.js. */
export const measureStartUp = (program: string, rounds = 15): StartUp => {
  const { path: cwd, remove } = temporaryFolder('start-up');
  try {
    const pairs = Array.from({ length: rounds }, () => [took([program, '-l'], cwd), took(['-e', '0'], cwd)] as const);
    const [list, node] = [spreadOf(pairs.map(([one]) => one)), spreadOf(pairs.map(([, other]) => other))];
    if (list === undefined || node === undefined) throw new Error('nothing was started');
    return { list, node };
  } finally {
    remove();
  }
};

export const startUpFigures = ({ list, node }: StartUp): Json => ({ listMs: { ...list }, nodeMs: { ...node } });
