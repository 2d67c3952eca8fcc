import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const beginning = 'fabwright-bench-';

/** A folder that is gone at the latest when this process is. */
export interface TemporaryFolder {
  readonly path: string;
  readonly remove: () => void;
}

/** Makes a folder; what a bench that was killed has left behind goes first. */
export const temporaryFolder = (name: string): TemporaryFolder => {
  sweep();
  const path = mkdtempSync(join(tmpdir(), `${beginning}${process.pid}-${name}-`));
  const remove = (): void => rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  process.once('exit', remove);
  return {
    path,
    remove: () => {
      process.off('exit', remove);
      remove();
    },
  };
};

const sweep = (): void => {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${beginning}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    const path = join(tmpdir(), name);
    for (const point of mountsBelow(path)) spawnSync('umount', ['-l', point]);
    rmSync(path, { recursive: true, force: true });
  }
};

/** Mount points below a folder, the innermost first. */
const mountsBelow = (folder: string): readonly string[] =>
  readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((point) => point.startsWith(`${folder}/`))
    .toReversed();
