import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Observer, RunEvent } from '../run/event.ts';
import { failureText } from './failure-text.ts';
import { duration } from './duration.ts';

export interface LogFilesOptions {
  readonly directory: string;
  /** Told once, when a log cannot be written: a full disk here must not end a deploy there. */
  readonly onProblem?: (sentence: string) => void;
}

export interface LogFiles {
  readonly observe: Observer;
  close(): void;
}

/**
 * Keeps everything that commands wrote, as it came (secrets hidden), in one file for each run and
 * host: `<run>_<host>.log`. Files are made when a host first has something to say.
 */
export const logFiles = ({ directory, onProblem = () => undefined }: LogFilesOptions): LogFiles => {
  const open = new Map<string, number>();
  let run = 'run';
  let broken = false;

  const fileOf = (host: string): number => {
    const name = `${run}_${host.replace(/[^\w.-]/g, '_')}.log`;
    const known = open.get(name);
    if (known !== undefined) return known;
    // Output may hold what only the operator should read.
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const file = openSync(join(directory, name), 'a', 0o600);
    open.set(name, file);
    return file;
  };

  const append = (host: string, text: string): void => {
    if (broken) return;
    try {
      // Synchronous: the last words before a crash are the ones that are wanted.
      writeAll(fileOf(host), Buffer.from(text));
    } catch (thrown) {
      broken = true;
      onProblem(`The logs in ${directory} are incomplete from here on: ${(thrown as Error).message}`);
    }
  };

  const closeFiles = (): void => {
    for (const file of open.values()) closeSync(file);
    open.clear();
  };

  return {
    observe: (event) => {
      if (event.type === 'run-started') run = event.plan.id;
      const text = logText(event);
      if (text !== undefined && 'host' in event && event.host !== undefined) append(event.host, text);
      // Several tasks of one line are several runs, 300 files each.
      if (event.type === 'run-finished') closeFiles();
    },
    close: closeFiles,
  };
};

const writeAll = (file: number, bytes: Buffer): void => {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
};

/** One event as the log has it: the time, a sign for its kind, the text. */
const logText = (event: RunEvent): string | undefined => {
  const time = new Date(event.at).toISOString().slice(11, 23);
  const line = (sign: string, text: string): string => `${time} ${sign} ${text}\n`;
  switch (event.type) {
    case 'host-started':
      return line('#', `${event.step} started`);
    case 'host-succeeded':
      return line('#', `${event.step} done in ${duration(event.seconds)}`);
    case 'host-skipped':
      return line('#', `${event.step} was done before`);
    case 'host-failed': {
      const { step, host, failure } = event;
      return `${line('#', `${step} failed after ${duration(event.seconds)}`)}${failureText({ step, hosts: [host], failure }, { verbose: true })}\n`;
    }
    case 'command-started':
      return line('$', event.command);
    case 'output':
      return line(event.stream === 'out' ? ' ' : '!', event.line);
    case 'said':
      return line('#', event.sentence);
    case 'published':
      return line('#', `current is ${event.release}`);
    default:
      return undefined;
  }
};
