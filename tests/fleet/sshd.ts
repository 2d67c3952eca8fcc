import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify, isAlive, until, type ProcessId } from './processes.ts';
import { must, systemPath } from './system.ts';

const sftpServers = ['/usr/lib/openssh', '/usr/libexec/openssh', '/usr/lib/ssh', '/usr/libexec']
  .map((place) => `${place}/sftp-server`)
  .filter((file) => existsSync(file));

/** An Ed25519 key pair without a passphrase; returns the public line. */
export const makeKey = (file: string, comment: string): string => {
  must('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file]);
  return readFileSync(`${file}.pub`, 'utf8').trim();
};

/** A stock server that takes keys only and writes down who comes. sshd takes the first line on a subject. */
export const sshdConfig = (lines: readonly string[]): string =>
  [
    ...lines,
    'LogLevel VERBOSE',
    'PidFile none',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PrintMotd no',
    'AcceptEnv LANG LC_*',
    `Subsystem sftp ${sftpServers[0] ?? 'internal-sftp'}`,
    '',
  ].join('\n');

/** A program that waits for a line of input before it does anything, and ends when there will be none. */
export interface Held {
  readonly process: ProcessId;
  go(): void;
}

/** Starts a held program in a session of its own; what it says is added to `log`. It outlives this process. */
export const hold = (program: string, words: readonly string[], log: string): Held => {
  const output = openSync(log, 'a');
  const child = spawn(program, words, {
    detached: true,
    stdio: ['pipe', output, output],
    env: { PATH: systemPath },
    cwd: '/',
  });
  closeSync(output);
  child.on('error', (error) => writeFileSync(log, `${error.message}\n`, { flag: 'a' }));
  const { stdin } = child;
  stdin?.on('error', () => undefined);
  child.unref();
  const process = child.pid === undefined ? undefined : identify(child.pid);
  if (process === undefined) throw new Error(`${program} did not start`);
  return { process, go: () => stdin?.end('go\n') };
};

export const logFile = (folder: string): string => join(folder, 'sshd.log');

/** How much is in a log already; nothing yet is 0. */
export const logLength = (log: string): number => statSync(log, { throwIfNoEntry: false })?.size ?? 0;

/** Waits until `ready` answers; when `process` ends first, that is the error, with its last words. */
export const whileAlive = <T>(process: ProcessId, log: string, ready: () => T | undefined): Promise<T> => {
  const words = (): string => readFileSync(log, 'utf8').split('\n').slice(-6).join('\n').trim();
  return until(
    () => {
      const answer = ready();
      if (answer === undefined && !isAlive(process)) throw new Error(`a host ended while it started: ${words()}`);
      return answer;
    },
    () => `a host is not up yet: ${words()}`,
  );
};

/** Waits until the server whose words begin at `from` takes connections. */
export const listening = (process: ProcessId, log: string, from: number): Promise<true> =>
  whileAlive(process, log, () => (readFileSync(log).subarray(from).includes('Server listening on') ? true : undefined));
