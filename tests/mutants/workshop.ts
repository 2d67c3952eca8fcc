import { spawn } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ask } from './ask.ts';
import { mutated } from './edit.ts';
import type { Mutant } from './mutants.ts';

/** What came of one run of jest. */
export interface Answer {
  readonly kind: 'passed' | 'failed' | 'nothing ran' | 'took too long';
  /** Titles of the tests that failed, or what jest said when none ran. */
  readonly words: readonly string[];
  readonly seconds: number;
}

/** Fields of jest's own report that are read here. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

const copied = ['src', 'tests', 'examples', 'package.json', 'jest.config.mjs', 'tsconfig.json', 'tsconfig.build.json'];

/** A copy of the project in a folder of its own, where mutants are made: the project itself is never touched. */
export class Workshop {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'fab-mutants-')));
  readonly #project = join(this.folder, 'project');

  constructor(root: string) {
    mkdirSync(this.#project);
    for (const name of ['home', 'tmp']) mkdirSync(join(this.folder, name));
    for (const name of copied) cpSync(join(root, name), join(this.#project, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(this.#project, 'node_modules'));
  }

  /** Asks while the mutant lives, and leaves everything as it was. */
  async askAbout({ edits, caughtBy }: Mutant, limit: number): Promise<Answer> {
    const files = [...new Set(edits.map(({ file }) => file))].map((file) => join(this.#project, file));
    const before = files.map((path) => readFileSync(path, 'utf8'));
    try {
      for (const [file, text] of mutated(edits, this.#project)) writeFileSync(join(this.#project, file), text);
      return await this.ask(caughtBy, limit);
    } finally {
      files.forEach((path, at) => writeFileSync(path, before[at] ?? ''));
    }
  }

  /** Runs these tests, for so many seconds at most. */
  async ask({ words, environment }: Ask, limit: number): Promise<Answer> {
    const began = Date.now();
    const file = join(this.folder, 'report.json');
    rmSync(file, { force: true });
    const said = await this.#jest([...words, '--json', `--outputFile=${file}`, '--forceExit'], environment, limit);
    this.#endLeftovers();
    const seconds = (Date.now() - began) / 1000;
    if (said === undefined) return { kind: 'took too long', words: [], seconds };
    return { ...judge(file, said), seconds };
  }

  dispose(): void {
    this.#endLeftovers();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** @returns what it said on standard error; undefined when its time was up. */
  #jest(words: readonly string[], environment: Ask['environment'], limit: number): Promise<string | undefined> {
    const program = join(this.#project, 'node_modules/jest/bin/jest.js');
    const child = spawn(
      process.execPath,
      [
        '--experimental-vm-modules',
        '--no-warnings',
        program,
        '--runInBand',
        `--cacheDirectory=${this.folder}/cache`,
        ...words,
      ],
      {
        cwd: this.#project,
        detached: true,
        stdio: ['ignore', 'ignore', 'pipe'],
        env: {
          ...process.env,
          // What a mutant leaves behind is known by these.
          HOME: join(this.folder, 'home'),
          TMPDIR: join(this.folder, 'tmp'),
          FAB_TEST_KIND: 'quick',
          FAB_TEST_STRICT: '',
          ...environment,
        },
      },
    );
    let said = '';
    let isLate = false;
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        isLate = true;
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      }, limit * 1000);
      child.once('exit', () => {
        clearTimeout(timer);
        child.stderr.destroy();
        resolve(isLate ? undefined : said);
      });
    });
  }

  /** A mutant may leave processes behind that its tests cannot end: whose environment names this folder is one. */
  #endLeftovers(): void {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid))
      try {
        if (readFileSync(`/proc/${pid}/environ`, 'latin1').includes(this.folder)) process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It has ended meanwhile, or is not ours to look at.
      }
  }
}

const judge = (file: string, said: string): Omit<Answer, 'seconds'> => {
  const report = reportIn(file);
  if (report === undefined) return { kind: 'nothing ran', words: [said.trim()] };
  const { numPassedTests, numFailedTests, testResults } = report;
  if (numPassedTests + numFailedTests === 0)
    return { kind: 'nothing ran', words: testResults.map(({ message }) => message) };
  const failed = testResults.flatMap(({ assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => `${fullName}${promiseIn(failureMessages.join('\n'))}`),
  );
  return { kind: failed.length > 0 ? 'failed' : 'passed', words: failed };
};

/** Which promise a schedule broke, with the seed that shows it again. */
const promiseIn = (text: string): string => {
  const [, promise] = /"((?:P\d|simulation): [^\n]*)"/.exec(text) ?? [];
  const [, seed] = /"seed": (\d+)/.exec(text) ?? [];
  return promise === undefined ? '' : `: ${promise} (SEED=${seed ?? '?'})`;
};

const reportIn = (file: string): Report | undefined => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch {
    return undefined;
  }
};
