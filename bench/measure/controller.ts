import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { Cgroup } from './cgroup.ts';
import { watchMemory, type Memory } from './memory.ts';

export interface CommandLine {
  readonly program: string;
  readonly words: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface ControllerOptions {
  /** The file that both outputs go to. */
  readonly log: string;
  /** After so many seconds it is killed; its status is then null. */
  readonly patience?: number;
  /** Called when the process has ended, before anything else is done: what must be read at that moment. */
  readonly onEnd?: (cpuSeconds: number) => void;
}

/** One run of a command on the machine that deploys. */
export interface ControllerRun extends Memory {
  /** From its start until it exits, in seconds. */
  readonly wall: number;
  /** User and system, in seconds; of everything that it started, detached or not. */
  readonly cpu: number;
  /** Null: ended by a signal. */
  readonly status: number | null;
  /** Both outputs. */
  readonly said: string;
}

/**
 * Runs a command to its end and measures it. What it leaves running (ssh masters) is killed then, so that
 * every run begins without connections. Needs root.
 */
export const runController = async (line: CommandLine, options: ControllerOptions): Promise<ControllerRun> => {
  const group = new Cgroup('controller');
  try {
    return await runIn(group, line, options);
  } finally {
    await group.remove();
  }
};

const runIn = async (
  group: Cgroup,
  { program, words, cwd, env }: CommandLine,
  { log, patience = 600, onEnd }: ControllerOptions,
): Promise<ControllerRun> => {
  const output = openSync(log, 'w');
  const peak = watchMemory(group);
  const began = performance.now();
  const [shell, line] = group.around(program, words);
  const child = spawn(shell, line, { cwd, env, stdio: ['ignore', output, output] });
  closeSync(output);
  const impatient = setTimeout(() => void group.empty(), patience * 1000);
  try {
    const status = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', resolve);
    });
    const wall = (performance.now() - began) / 1000;
    onEnd?.(group.cpuSeconds());
    const memory = peak();
    await group.empty();
    return { wall, cpu: group.cpuSeconds(), status, ...memory, said: readFileSync(log, 'utf8') };
  } finally {
    clearTimeout(impatient);
    peak();
  }
};
