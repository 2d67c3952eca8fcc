import { spawn } from 'node:child_process';
import { hideCredentials } from './credentials.ts';

/** Thrown when git on the controller fails: a sentence for a person, and git's own last words. */
export class GitFailed extends Error {
  override readonly name = 'GitFailed';
  readonly status: number | string | undefined;
  /** The end of git's standard error, credentials hidden. */
  readonly lastWords: string;
  constructor(sentence: string, status: number | string | undefined, lastWords: string) {
    super(lastWords === '' ? sentence : `${sentence}\n${lastWords}`);
    this.status = status;
    this.lastWords = lastWords;
  }
}

export interface GitOptions {
  /** The bare repository that git works in. */
  readonly directory?: string;
  readonly signal?: AbortSignal | undefined;
  readonly input?: string;
  /** A file descriptor that takes standard output, instead of the answer. */
  readonly outputTo?: number;
  /** Ends git when it says nothing for so many seconds. */
  readonly silence?: number;
  /** Each line of standard error, progress included, as it comes. */
  readonly onProgress?: ((line: string) => void) | undefined;
  /** The URL came out of a repository, not from a person: git's restrictions on local paths apply. */
  readonly untrusted?: boolean;
}

export interface GitAnswer {
  readonly status: number;
  readonly output: string;
  readonly errors: string;
}

// A task runner may itself be started by a git hook, whose variables would point git elsewhere.
const misleading = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_NAMESPACE',
  'GIT_PREFIX',
  'GIT_SHALLOW_FILE',
  'GIT_QUARANTINE_PATH',
  'GIT_LITERAL_PATHSPECS',
  'GIT_GLOB_PATHSPECS',
  'GIT_ICASE_PATHSPECS',
];

const environment = (untrusted: boolean): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !misleading.includes(name))),
  GIT_TERMINAL_PROMPT: '0',
  // git 3 will make sha256 repositories unless told.
  GIT_DEFAULT_HASH: 'sha1',
  LC_ALL: 'C',
  ...(untrusted ? { GIT_PROTOCOL_FROM_USER: '0' } : {}),
});

const isProgress = (line: string): boolean => /:\s+\d+% \(|^(remote: )?(Enumerating|Total|Counting) /.test(line);

/** The last lines that say something, without progress and credentials. */
export const lastWords = (errors: string): string =>
  hideCredentials(
    errors
      .split(/[\r\n]+/)
      .filter((line) => line.trim() !== '' && !isProgress(line))
      .slice(-5)
      .join('\n'),
  );

/** Runs git and gives its status and words, whatever they are. Rejects when it could not run to its end. */
export const runGit = (args: readonly string[], options: GitOptions = {}): Promise<GitAnswer> => {
  const { directory, signal, input, outputTo, silence, onProgress, untrusted = false } = options;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = spawn('git', [...(directory === undefined ? [] : ['--git-dir', directory]), ...args], {
      env: environment(untrusted),
      stdio: [input === undefined ? 'ignore' : 'pipe', outputTo ?? 'pipe', 'pipe'],
      // Its own session: no terminal for ssh to ask on, and one process group to end.
      detached: true,
    });
    const output: Buffer[] = [];
    let errors = '';
    let line = '';
    let silent = false;

    const end = (): void => {
      const kill = (how: NodeJS.Signals): void => {
        try {
          if (child.pid !== undefined) process.kill(-child.pid, how);
        } catch {
          // Already gone.
        }
      };
      kill('SIGTERM');
      setTimeout(() => {
        if (child.exitCode === null && child.signalCode === null) kill('SIGKILL');
      }, 2000).unref();
    };
    const quiet =
      silence === undefined
        ? undefined
        : setTimeout(() => {
            silent = true;
            end();
          }, silence * 1000);
    signal?.addEventListener('abort', end, { once: true });
    const settled = (): void => {
      clearTimeout(quiet);
      signal?.removeEventListener('abort', end);
    };

    child.stdout?.on('data', (chunk: Buffer) => {
      quiet?.refresh();
      output.push(chunk);
    });
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      quiet?.refresh();
      errors = (errors + chunk).slice(-65_536);
      if (onProgress === undefined) return;
      const lines = (line + chunk).split(/[\r\n]+/);
      line = lines.pop() ?? '';
      for (const each of lines) if (each.trim() !== '') onProgress(hideCredentials(each.trim()));
    });
    // git may end before it has read its input; its status tells why.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);

    child.on('error', (error: NodeJS.ErrnoException) => {
      settled();
      const missing = error.code === 'ENOENT';
      reject(
        new GitFailed(
          missing ? 'git is not installed on this machine, or not in PATH.' : 'git could not be started.',
          undefined,
          missing ? '' : error.message,
        ),
      );
    });
    child.on('close', (code, killedBy) => {
      settled();
      if (line.trim() !== '') onProgress?.(hideCredentials(line.trim()));
      const name = `git ${args.find((each) => /^[a-z]/.test(each)) ?? ''}`.trim();
      if (signal?.aborted === true) reject(signal.reason);
      else if (silent)
        reject(
          new GitFailed(`${name} said nothing for ${silence ?? 0} s and was ended.`, undefined, lastWords(errors)),
        );
      else if (code === null)
        reject(
          new GitFailed(`${name} was ended by ${killedBy ?? 'a signal'}.`, killedBy ?? undefined, lastWords(errors)),
        );
      else resolve({ status: code, output: Buffer.concat(output).toString('utf8'), errors });
    });
  });
};

/**
 * Runs git and gives its standard output.
 * @throws GitFailed unless its status is 0; the signal's reason when it was cancelled.
 */
export const git = async (args: readonly string[], options: GitOptions & { readonly sentence?: string } = {}) => {
  const { status, output, errors } = await runGit(args, options);
  if (status === 0) return output;
  const command = hideCredentials(`git ${args.join(' ')}`);
  throw new GitFailed(options.sentence ?? `${command} failed with status ${status}.`, status, lastWords(errors));
};
