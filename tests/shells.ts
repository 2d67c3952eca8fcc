import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

/** A POSIX shell of this machine, with the tools it is used with. */
export interface Shell {
  readonly name: string;
  /** The program and its first words; `-c` and the script follow. */
  readonly words: readonly [program: string, ...rest: string[]];
  /** The only folder of its PATH, where the shell brings tools of its own. */
  readonly path: string | undefined;
}

const find = (name: string): string | undefined =>
  ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin']
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));

/** A folder with busybox's applets as the only tools, and flock(1), which Debian's busybox lacks. */
const busyboxFolder = (busybox: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'fab-applets-'));
  const applets = spawnSync(busybox, ['--list'], { encoding: 'utf8' }).stdout.trim().split('\n');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  for (const applet of applets) symlinkSync(busybox, join(folder, applet));
  const flock = find('flock');
  if (flock !== undefined && !applets.includes('flock')) symlinkSync(flock, join(folder, 'flock'));
  return folder;
};

const shellNamed = (name: string): Shell[] => {
  const program = find(name);
  if (program === undefined) return [];
  return name === 'busybox'
    ? [{ name: 'busybox sh', words: [program, 'sh'], path: busyboxFolder(program) }]
    : [{ name, words: [program], path: undefined }];
};

/** Those of dash, bash and busybox that are installed. With FAB_TEST_STRICT=1 a missing one is a failure. */
export const shells: readonly Shell[] = ['dash', 'bash', 'busybox'].flatMap((name) => {
  const found = shellNamed(name);
  if (found.length === 0 && process.env['FAB_TEST_STRICT'] === '1') throw new Error(`${name} is not installed.`);
  return found;
});

/** The environment a shell is started with: of the machine, with its own tools where it has some. */
export const environmentFor = ({ path }: Shell, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  PATH: path ?? process.env['PATH'],
  HOME: process.env['HOME'],
  ...more,
});

/** Runs a script to its end. */
export const runIn = (
  shell: Shell,
  script: string,
  more: NodeJS.ProcessEnv = {},
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } => {
  const [program, ...rest] = shell.words;
  const { status, stdout, stderr } = spawnSync(program, [...rest, '-c', script], {
    encoding: 'utf8',
    env: environmentFor(shell, more),
    maxBuffer: 1 << 26,
  });
  return { status, stdout, stderr };
};
