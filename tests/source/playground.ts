import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Command } from '../../src/model/command.ts';
import type { RemoteProcess } from '../../src/model/session.ts';
import { receivePack } from '../../src/source/mirror-script.ts';

/** A folder for one test file, with a git configuration of its own instead of the machine's. */
export interface Playground {
  readonly root: string;
  /** A fresh path below it. */
  path(name: string): string;
  dispose(): void;
}

let counted = 0;

export const playground = (): Playground => {
  // A space and a quote on the way, so that no test path is a simple one.
  const root = mkdtempSync(join(tmpdir(), "fab 's-"));
  const before = process.env['GIT_CONFIG_GLOBAL'];
  const config = join(root, 'gitconfig');
  writeFileSync(config, '[user]\nname = Ada\nemail = ada@example.org\n[init]\ndefaultBranch = main\n');
  process.env['GIT_CONFIG_GLOBAL'] = config;
  process.env['GIT_CONFIG_NOSYSTEM'] = '1';
  return {
    root,
    path: (name) => join(root, `${name}-${(counted += 1)}`),
    dispose: () => {
      if (before === undefined) delete process.env['GIT_CONFIG_GLOBAL'];
      else process.env['GIT_CONFIG_GLOBAL'] = before;
      rmSync(root, { recursive: true, force: true });
    },
  };
};

/** Runs git in a directory and gives its output without the final newline. */
export const gitIn = (cwd: string, ...args: readonly string[]): string => {
  const { status, stdout, stderr } = spawnSync('git', args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    // Named, because jest's process.env is a copy of the one that children inherit.
    env: process.env,
  });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout.trimEnd();
};

export const write = (directory: string, files: Readonly<Record<string, string | Uint8Array>>): void => {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
};

/** Commits everything in the directory, which becomes a repository if it is none, and gives the hash. */
export const commit = (
  directory: string,
  files: Readonly<Record<string, string | Uint8Array>>,
  subject = 'Change',
): string => {
  mkdirSync(directory, { recursive: true });
  if (!existsSync(join(directory, '.git'))) gitIn(directory, 'init', '-q');
  write(directory, files);
  gitIn(directory, 'add', '-A');
  gitIn(directory, 'commit', '-q', '--allow-empty', '-m', subject);
  return gitIn(directory, 'rev-parse', 'HEAD');
};

/** A repository with so many commits on `main`, each changing one of 40 files, through fast-import. */
export const longHistory = (directory: string, commits: number): void => {
  mkdirSync(directory, { recursive: true });
  gitIn(directory, 'init', '-q');
  const parts: string[] = [];
  const texts = Array.from({ length: 40 }, (_, file) =>
    Array.from({ length: 60 }, (_, line) => `file ${file} line ${line} ${(file * 7919 + line * 104_729) % 65_537}`),
  );
  for (let at = 0; at < commits; at += 1) {
    const file = at % 40;
    const lines = texts[file]!;
    lines[(at * 13) % 60] = `changed in commit ${at}`;
    const body = `${lines.join('\n')}\n`;
    const subject = `Commit ${at}`;
    parts.push(
      `commit refs/heads/main\ncommitter Ada <ada@example.org> ${1_700_000_000 + at * 60} +0000\n` +
        `data ${subject.length}\n${subject}\nM 100644 inline src/file-${file}.txt\ndata ${body.length}\n${body}\n`,
    );
  }
  const { status, stderr } = spawnSync('git', ['fast-import', '--quiet'], {
    cwd: directory,
    input: parts.join(''),
    encoding: 'utf8',
    env: process.env,
  });
  if (status !== 0) throw new Error(stderr);
  gitIn(directory, 'reset', '-q', '--hard', 'main');
};

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Something that runs a host's scripts, as a name and a way. */
export interface HostShell {
  readonly name: string;
  run(command: Command, env?: Readonly<Record<string, string>>): Ran;
}

const ran = (file: string, args: readonly string[], env: Readonly<Record<string, string>>): Ran => {
  const { status, stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', env: { ...process.env, ...env } });
  return { status, stdout, stderr };
};

const found = (name: string): string | undefined => {
  const { status, stdout } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
};

export const posix: HostShell = {
  name: 'sh',
  run: (command, env = {}) => ran('sh', ['-c', command.text], env),
};

/** busybox with git and nothing else in PATH; undefined when this machine has none. */
export const busybox = (place: Playground): HostShell | undefined => {
  const file = found('busybox');
  const git = found('git');
  if (file === undefined || git === undefined) return undefined;
  const bin = place.path('busybox');
  mkdirSync(bin);
  spawnSync(file, ['--install', '-s', bin]);
  rmSync(join(bin, 'git'), { force: true });
  symlinkSync(git, join(bin, 'git'));
  chmodSync(bin, 0o755);
  return { name: 'busybox', run: (command, env = {}) => ran(file, ['sh', '-c', command.text], { PATH: bin, ...env }) };
};

/** A mirror as a host has it. */
export const hostMirror = (place: Playground): string => {
  const mirror = join(place.path('host'), 'my root', '.fab', 'repo.git');
  mkdirSync(dirname(mirror), { recursive: true });
  gitIn(dirname(mirror), 'init', '-q', '--bare', mirror);
  return mirror;
};

/** `git receive-pack` as a child process: the other side of a delivery. */
export const localReceiver = (mirror: string, command = receivePack(mirror).text): RemoteProcess => {
  const child = spawn('sh', ['-c', command], { stdio: ['pipe', 'pipe', 'pipe'], env: process.env });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const done = new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`status ${code ?? 'none'}: ${errors}`))));
  });
  return { input: child.stdin, output: child.stdout, done };
};
