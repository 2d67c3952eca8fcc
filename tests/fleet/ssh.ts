import { spawn } from 'node:child_process';
import type { Answer, Fleet } from './types.ts';

/** The system's ssh client at work. */
export interface Session {
  /** What it has said so far. */
  output(): string;
  readonly ended: Promise<Answer>;
}

/** Starts `ssh <host> <command>` with nobody's configuration but the fleet's. */
export const ssh = (fleet: Fleet, host: string, command: string, options: readonly string[] = []): Session => {
  const child = spawn('ssh', ['-F', fleet.sshConfig, '-o', 'BatchMode=yes', ...options, host, command], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  const ended = new Promise<Answer>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ ...said, code: code ?? 255 }));
  });
  return { output: () => said.stdout, ended };
};
