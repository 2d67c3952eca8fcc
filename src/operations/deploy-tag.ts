import { spawn } from 'node:child_process';
import { openRepository } from '../api.ts';
import type { Channel } from './channels.ts';

/** Milliseconds: a git server may be slower than a webhook. */
const patience = 20_000;

/** Tags what was deployed in the code repository, as `<release>-<environment>-deploy`, once it was. */
export const tagChannel = (url: string): Channel => ({
  name: 'tag_deploy_commits',
  tell: async ({ event, commit, release, environment }) => {
    if (event !== 'deploy_success' || commit === '') return;
    const signal = AbortSignal.timeout(patience);
    const { directory } = await openRepository({ url, signal });
    await git(directory, ['push', '--quiet', url, `${commit}:refs/tags/${release}-${environment}-deploy`], signal);
  },
});

const git = (directory: string, words: readonly string[], signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn('git', words, {
      cwd: directory,
      signal,
      stdio: ['ignore', 'ignore', 'pipe'],
      // Nobody is there to be asked for a password.
      env: { ...process.env, GIT_TERMINAL_PROMPT: '0' },
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.on('error', (error) =>
      reject(signal.aborted ? new Error(`git did not end within ${patience / 1000} s`) : error),
    );
    child.on('close', (status) => {
      if (status === 0) resolve();
      else reject(new Error(`git said «${said.trim().split('\n').at(-1) ?? ''}»`));
    });
  });
