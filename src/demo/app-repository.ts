import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The branch that the demo deploys. */
export const demoBranch = 'master';

/** Variables such as GIT_DIR, which a git hook sets, would send these commands elsewhere. */
const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'))),
  GIT_CONFIG_NOSYSTEM: '1',
});

const git = async (repository: string, ...words: readonly string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)('git', ['-C', repository, ...words], { env: environment() });
  return stdout.trim();
};

/** Makes a git repository of the application in `source`, unless there is one. */
export const ensureAppRepository = async (repository: string, source: string): Promise<void> => {
  if (existsSync(join(repository, '.git'))) return;
  await mkdir(repository, { recursive: true });
  await cp(source, repository, { recursive: true });
  await git(repository, 'init', '--quiet');
  // `init --initial-branch` is younger than the gits that are still about.
  await git(repository, 'symbolic-ref', 'HEAD', `refs/heads/${demoBranch}`);
  // So that a person can commit here without having told git who they are.
  await git(repository, 'config', 'user.name', 'Demo');
  await git(repository, 'config', 'user.email', 'demo@example.invalid');
  await git(repository, 'config', 'commit.gpgsign', 'false');
};

/** What a commit of the demo is known by. */
export interface DemoCommit {
  readonly hash: string;
  /** The text that the application answers with. */
  readonly version: string;
}

/** Commits the next version of the application, with whatever else has changed there. */
export const commitNextVersion = async (repository: string): Promise<DemoCommit> => {
  const count = await git(repository, 'rev-list', '--count', '--all');
  const version = `Version ${Number(count) + 1}`;
  await writeFile(join(repository, 'version.txt'), `${version}\n`);
  await git(repository, 'add', '--all');
  await git(repository, 'commit', '--quiet', '--allow-empty', '-m', version);
  return { hash: await git(repository, 'rev-parse', 'HEAD'), version };
};
