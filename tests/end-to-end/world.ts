import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startFleet, type EnvironmentOptions, type Fleet, type FleetHost, type FleetOptions } from '../fleet/index.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** How a run of the command line ended. */
export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** One that is still running. */
export interface Running {
  readonly child: ChildProcess;
  /** Both outputs so far. */
  said(): string;
  readonly ended: Promise<Ran>;
}

export interface RunOptions {
  /** The built program to run; default this world's own copy. */
  readonly program?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** The machine that a person types on: a built program, folders of its own, repositories, environments. */
export interface Desk {
  readonly folder: string;
  readonly environments: string;
  /** The program that `fab` runs. */
  readonly program: string;
  fab(words: readonly string[], options?: RunOptions): Promise<Ran>;
  start(words: readonly string[], options?: RunOptions): Running;
  /** Writes files below this world's folder, for fabfiles and the like; returns the first one's path. */
  write(files: Readonly<Record<string, string>>): string;
  /** A copy of the built program in another folder, with a cache and a state folder of its own. */
  otherCheckout(): Required<Pick<RunOptions, 'program' | 'env'>>;
  /** A fresh repository with these files in one commit on `master`. */
  repository(name: string, files?: Readonly<Record<string, string>>): Repository;
  dispose(): void;
}

export interface Repository {
  readonly path: string;
  git(...words: readonly string[]): string;
  /** Writes the files and commits them; returns the hash. */
  commit(files: Readonly<Record<string, string>>, subject?: string): string;
}

/** A desk and a fleet that it deploys to. */
export interface World extends Desk {
  readonly fleet: Fleet;
  host(name: string): FleetHost;
  /** Writes an environment of all hosts; settings that a test does not name are ready for `app`. */
  environment(name: string, options?: EnvironmentOptions): string;
  /** The names of a host's releases, oldest first. */
  releases(host: string, environment: string): readonly string[];
  /** Where `current` points on every host; undefined where there is none. */
  current(environment: string): Readonly<Record<string, string | undefined>>;
  /** A file of a host as text; paths are in the environment's root. */
  read(host: string, environment: string, file: string): string;
  stop(): Promise<void>;
}

const main = (checkout: string): string => join(checkout, 'dist/cli/bin.js');

/** Builds where src/ is newer than dist/, then copies: whoever builds next does not disturb what runs. */
const copyProgram = (into: string): string => {
  const built = spawnSync(process.execPath, [join(project, 'scripts/build.mjs')], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stderr);
  mkdirSync(into);
  for (const name of ['dist', 'package.json']) cpSync(join(project, name), join(into, name), { recursive: true });
  symlinkSync(join(project, 'node_modules'), join(into, 'node_modules'));
  return main(into);
};

const writeAll = (folder: string, files: Readonly<Record<string, string>>): void => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
};

const run = (program: string, words: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Running => {
  const began = Date.now();
  const child = spawn(process.execPath, [program, ...words], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr, both] = ['', '', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    both += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    both += text;
  });
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr, seconds: (Date.now() - began) / 1000 }));
  });
  return { child, said: () => both, ended };
};

const repositoryAt = (path: string, env: NodeJS.ProcessEnv): Repository => {
  const git = (...words: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync('git', words, {
      cwd: path,
      env,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    if (status !== 0) throw new Error(`git ${words.join(' ')}: ${stderr}`);
    return stdout.trimEnd();
  };
  return {
    path,
    git,
    commit: (files, subject = 'Change') => {
      writeAll(path, files);
      git('add', '-A');
      git('commit', '-q', '--allow-empty', '-m', subject);
      return git('rev-parse', 'HEAD');
    },
  };
};

/** A place to type at, without hosts. */
export const openDesk = (): Desk => {
  const folder = mkdtempSync(join(tmpdir(), 'fab-end-to-end-'));
  const program = copyProgram(join(folder, 'checkout'));
  const environments = join(folder, 'environments');
  mkdirSync(environments);
  const work = join(folder, 'work');
  mkdirSync(work);
  writeAll(folder, { gitconfig: '[user]\nname = Ana\nemail = ana@example.org\n[protocol "file"]\nallow = always\n' });
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    NO_COLOR: '1',
    FAB_ENVIRONMENTS: environments,
    XDG_CACHE_HOME: join(folder, 'cache'),
    XDG_STATE_HOME: join(folder, 'state'),
    GIT_CONFIG_GLOBAL: join(folder, 'gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
  };
  const start = (words: readonly string[], options: RunOptions = {}): Running =>
    run(options.program ?? program, words, options.cwd ?? work, { ...env, ...options.env });
  return {
    folder,
    environments,
    program,
    start,
    fab: (words, options) => start(words, options).ended,
    write: (files) => {
      writeAll(folder, files);
      return join(folder, Object.keys(files)[0] ?? '');
    },
    otherCheckout: () => {
      const other = mkdtempSync(join(folder, 'other-'));
      for (const name of ['dist', 'package.json'])
        cpSync(join(folder, 'checkout', name), join(other, name), { recursive: true });
      symlinkSync(join(project, 'node_modules'), join(other, 'node_modules'));
      return {
        program: main(other),
        env: { XDG_CACHE_HOME: join(other, 'cache'), XDG_STATE_HOME: join(other, 'state') },
      };
    },
    repository: (name, files = { 'README.md': 'An application.\n' }) => {
      const path = join(folder, 'repositories', name);
      mkdirSync(path, { recursive: true });
      const made = repositoryAt(path, env);
      made.git('init', '-q', '-b', 'master');
      made.commit(files, 'First');
      return made;
    },
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
};

/** Starts a fleet and opens a desk in front of it. */
export const openWorld = async (options: FleetOptions): Promise<World> => {
  const desk = openDesk();
  const fleet = await startFleet(options);
  const inRoot = (host: string, environment: string, file: string): string =>
    fleet.host(host).path(join('www', environment, file));
  return {
    ...desk,
    fleet,
    host: (name) => fleet.host(name),
    environment: (name, given = {}) => fleet.writeEnvironment(desk.environments, name, given),
    releases: (host, environment) => {
      const folder = inRoot(host, environment, 'releases');
      return existsSync(folder) ? readdirSync(folder).sort() : [];
    },
    current: (environment) =>
      Object.fromEntries(fleet.hosts.map(({ name }) => [name, linkAt(inRoot(name, environment, 'current'))])),
    read: (host, environment, file) => readFileSync(inRoot(host, environment, file), 'utf8'),
    stop: async () => {
      await fleet.stop();
      desk.dispose();
    },
  };
};

const linkAt = (path: string): string | undefined => {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
};

/** Every file below a folder with what it is: links with their target, files with their text's length and hash. */
export const treeOf = (folder: string, leaveOut: (path: string) => boolean = () => false): readonly string[] => {
  const look = (path: string): readonly string[] => {
    if (leaveOut(path)) return [];
    const at = join(folder, path);
    const stat = lstatSync(at);
    if (stat.isSymbolicLink()) return [`${path} -> ${readlinkSync(at)}`];
    if (!stat.isDirectory())
      return [`${path} ${(stat.mode & 0o777).toString(8)} ${readFileSync(at).toString('base64')}`];
    return [
      `${path}/`,
      ...readdirSync(at)
        .sort()
        .flatMap((name) => look(path === '' ? name : `${path}/${name}`)),
    ];
  };
  return existsSync(folder) ? look('') : [];
};

/** Waits until something is so, or fails with what it last was. */
export const until = async (is: () => boolean | Promise<boolean>, seconds = 20, what = 'it'): Promise<void> => {
  const limit = Date.now() + seconds * 1000;
  while (!(await is())) {
    if (Date.now() > limit) throw new Error(`${what} is not so after ${seconds} s`);
    await pause(25);
  }
};

/** A run that must have gone well; what it said is shown where it did not. */
export const well = async (running: Promise<Ran>): Promise<Ran> => {
  const ran = await running;
  if (ran.status !== 0) throw new Error(`exit status ${String(ran.status)}\n${ran.stdout}\n${ran.stderr}`);
  return ran;
};

/** The lines of JSON in a text. */
export const jsonLines = <Line = Record<string, unknown>>(text: string): readonly Line[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
