import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What a generated repository is like. */
export interface Shape {
  readonly files: number;
  /** Commits on `master` before the first deploy. */
  readonly commits: number;
}

/** A bare repository that always has the same content for the same shape. */
export interface GeneratedRepository {
  readonly path: string;
  /** Commits a change of six files to `master`, never the same twice; returns the hash. */
  advance(): Promise<string>;
}

/** Files that differ from one deploy to the next. */
export const filesPerChange = 6;

/** Makes a repository with one root commit of all files, and then changes of one file each. */
export const generateRepository = async (path: string, { files, commits }: Shape): Promise<GeneratedRepository> => {
  mkdirSync(path, { recursive: true });
  await git(path, ['init', '-q', '--bare', '--initial-branch=master']);
  await fastImport(path, history(files, commits));
  let made = commits;
  return {
    path,
    advance: async () => {
      await fastImport(path, change(files, made));
      made += 1;
      return (await git(path, ['rev-parse', 'master'])).trim();
    },
  };
};

/** As a source tree has them: some hundred files a folder, folders three deep. */
export const pathOf = (file: number): string =>
  `app${Math.floor(file / 2000)}/module${Math.floor(file / 100) % 20}/part${Math.floor(file / 10) % 10}/file${file}.txt`;

/** A few hundred bytes to some 6 KiB, which compress about as source code does. */
export const textOf = (file: number, version: number): string => {
  const random = randomFrom(file * 7919 + version * 104_729 + 1);
  const lines = 10 + (file % 100);
  return Array.from(
    { length: lines },
    (_, line) => `value_${line} = ${words[random() % words.length] ?? ''}(${random() % 65_536}, ${random() % 4096})\n`,
  ).join('');
};

const words = ['account', 'balance', 'carrier', 'delivery', 'estimate', 'filter', 'gateway', 'household', 'invoice'];

/** Numbers that only look as if there were no order in them: the same on every machine. */
const randomFrom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 8;
  };
};

const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;

const written = (file: number, version: number): string =>
  `M 100644 inline ${pathOf(file)}\n${data(textOf(file, version))}`;

const head = (number: number, subject: string): string =>
  `commit refs/heads/master\ncommitter Ada <ada@example.org> ${1_700_000_000 + number * 60} +0000\n${data(subject)}`;

function* history(files: number, commits: number): Generator<string> {
  yield head(0, 'All of it');
  for (let file = 0; file < files; file += 1) yield written(file, 0);
  for (let number = 1; number < commits; number += 1)
    yield head(number, `Change ${number}`) + written((number * 17) % files, number);
}

function* change(files: number, number: number): Generator<string> {
  yield `${head(number, `Change ${number}`)}from refs/heads/master^0\n`;
  for (let nth = 0; nth < filesPerChange; nth += 1)
    yield written((number * 31 + Math.floor((nth * files) / filesPerChange)) % files, number);
}

/** Nothing of this machine's or its user's configuration, so that the hashes are the same everywhere. */
const environment = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };

const start = (path: string, args: readonly string[]) => {
  const child = spawn('git', ['--git-dir', path, ...args], { env: environment });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([status]) => {
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
    return stdout;
  });
  return { child, ended };
};

const git = async (path: string, args: readonly string[]): Promise<string> => {
  const { child, ended } = start(path, args);
  child.stdin.end();
  return ended;
};

const fastImport = async (path: string, lines: Generator<string>): Promise<void> => {
  const { child, ended } = start(path, ['fast-import', '--quiet']);
  await Promise.all([pipeline(Readable.from(lines), child.stdin), ended]);
};
