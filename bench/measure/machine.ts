import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';

const ticksPerSecond = 100;

/** CPU seconds that all of this machine has worked since it booted, on all cores, the host below it included. */
export const busySeconds = (): number => {
  const [, user, nice, system, , , interrupts, soft, steal] =
    /^cpu .*$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[0].split(/\s+/).map(Number) ?? [];
  const all = [user, nice, system, interrupts, soft, steal].reduce<number>((sum, each) => sum + (each ?? 0), 0);
  return all / ticksPerSecond;
};

const system = (): string => {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? process.platform;
  } catch {
    return process.platform;
  }
};

/** One line: system, kernel, cores, memory, Node. */
export const machineLine = (): string =>
  [
    system(),
    `kernel ${release().split('-')[0] ?? ''}`,
    `${cpus().length} cores`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `Node ${process.versions.node}`,
  ].join(', ');

/** The first line of what a program says about itself that looks like a version; nothing where it does not start. */
export const versionOf = (program: string, words: readonly string[]): string | undefined => {
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8' });
  return status === 0 ? /\d+\.\d+(\.\d+)?[\w.-]*/.exec(`${stdout}\n${stderr}`)?.[0] : undefined;
};
