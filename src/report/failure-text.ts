import type { Failure } from '../model/failure.ts';
import type { StepFailure } from '../run/outcome.ts';
import { colours as colouring, type Colours } from './colours.ts';
import { duration } from './duration.ts';
import { hostsText } from './hosts-text.ts';
import { plain, plainLines } from './plain.ts';
import { capped, counted } from './words.ts';

/** One step's failure, the same on each of these hosts. */
export interface FailureGroup {
  readonly step: string;
  readonly hosts: readonly string[];
  readonly failure: Failure;
}

export interface FailureTextOptions {
  /** How many hosts the step runs on, for "(1 of 3 hosts)". */
  readonly of?: number;
  readonly colours?: Colours;
  /** The whole stack of what an operation threw. */
  readonly verbose?: boolean;
}

/** Linux's numbers: the status comes from the host, not from the machine that reads it. */
const signals: Readonly<Record<number, string>> = {
  1: 'HUP',
  2: 'INT',
  3: 'QUIT',
  4: 'ILL',
  5: 'TRAP',
  6: 'ABRT',
  7: 'BUS',
  8: 'FPE',
  9: 'KILL',
  10: 'USR1',
  11: 'SEGV',
  12: 'USR2',
  13: 'PIPE',
  14: 'ALRM',
  15: 'TERM',
  24: 'XCPU',
  25: 'XFSZ',
  31: 'SYS',
};

const lastWords = 10;
const commandLines = 5;

/** How a command ended: `exit status 1`, `killed by KILL`, `ended without an exit status`. */
export const statusText = (status: number | string | undefined): string => {
  if (status === undefined) return 'ended without an exit status';
  if (typeof status === 'string') return `killed by ${status.replace(/^SIG/, '')}`;
  const signal = signals[status - 128];
  return signal === undefined ? `exit status ${status}` : `killed by ${signal} (exit status ${status})`;
};

/** Why, in one line, without the step and the host. */
export const failureReason = (failure: Failure): string => {
  switch (failure.reason) {
    case 'command':
      return statusText(failure.status);
    case 'timeout':
      return failure.silent
        ? `ended by us: no output for ${duration(failure.seconds)}`
        : `ended by us: not done after ${duration(failure.seconds)}`;
    case 'cancelled':
      return 'cancelled before it was done';
    case 'lost':
    case 'not-yet':
    case 'thrown':
      return plain(failure.message.split('\n')[0] ?? '');
  }
};

/** The short form, for when it happens: `code.build failed on web2: exit status 1`. */
export const failureLine = ({ step, hosts, failure }: FailureGroup): string =>
  `${signOf(failure)} ${step} ${verbOf(failure)} ${hostsText(hosts)}: ${failureReason(failure)}`;

/** The whole story: what, where, the command, how it ended, its own last words, what to do about it. */
export const failureText = (
  group: FailureGroup,
  { of, colours = colouring(false), verbose = false }: FailureTextOptions = {},
): string => {
  const { step, hosts, failure } = group;
  const share = of === undefined ? '' : ` (${hosts.length} of ${counted(of, 'host')})`;
  const head = `${signOf(failure)} ${step} ${verbOf(failure)} ${hostsText(hosts)}${share}`;
  const paint = failure.reason === 'cancelled' || failure.reason === 'not-yet' ? colours.yellow : colours.red;
  const advice = adviceOf(failure);
  return [
    paint(head),
    '',
    ...detailsOf(failure, verbose).map((line) => (line === '' ? '' : `    ${line}`)),
    ...(advice.length === 0 ? [] : ['', ...advice.map((line) => `  ${line}`)]),
  ].join('\n');
};

/** Puts together the hosts on which a step failed in the same way; what was only cancelled comes last. */
export const groupFailures = (failures: readonly StepFailure[]): readonly FailureGroup[] => {
  const groups = new Map<string, { step: string; hosts: string[]; failure: Failure }>();
  for (const { step, host, failure } of failures) {
    const key = JSON.stringify([step, failure]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { step, hosts: [host], failure });
    else group.hosts.push(host);
  }
  const all = [...groups.values()];
  const cancelled = ({ failure }: FailureGroup): boolean => failure.reason === 'cancelled';
  return [...all.filter((group) => !cancelled(group)), ...all.filter(cancelled)];
};

const signOf = (failure: Failure): string =>
  failure.reason === 'cancelled' || failure.reason === 'not-yet' ? '–' : '✗';

const verbOf = ({ reason }: Failure): string => {
  switch (reason) {
    case 'command':
    case 'thrown':
      return 'failed on';
    case 'timeout':
      return 'timed out on';
    case 'lost':
      return 'lost the connection on';
    case 'cancelled':
      return 'was cancelled on';
    case 'not-yet':
      return 'cannot go on yet on';
  }
};

const detailsOf = (failure: Failure, verbose: boolean): readonly string[] => {
  switch (failure.reason) {
    case 'command':
      return [...commandText(failure.command), statusText(failure.status), ...tail(failure.output)];
    case 'timeout':
      return [...commandText(failure.command), failureReason(failure)];
    case 'cancelled':
      return [failureReason(failure)];
    case 'lost':
    case 'not-yet':
      return plainLines(failure.message);
    case 'thrown':
      return [...plainLines(failure.message), ...placeOf(failure.stack, verbose)];
  }
};

const commandText = (command: string): readonly string[] => capped(plainLines(command.trim()), commandLines);

const tail = (output: string): readonly string[] =>
  plainLines(output)
    .filter((line) => line.trim() !== '')
    .slice(-lastWords);

/** Where an operation threw: the first frame that is neither Node's nor a package's. */
const placeOf = (stack: string | undefined, verbose: boolean): readonly string[] => {
  const frames = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  if (verbose) return frames.map((frame) => plain(frame.trim()));
  const own = frames.find((frame) => !frame.includes('node:') && !frame.includes('/node_modules/'));
  return own === undefined ? [] : [plain(own.trim().replace('file://', ''))];
};

const adviceOf = (failure: Failure): readonly string[] => {
  if (failure.reason === 'lost' && failure.goesOn !== true)
    return ['Whether the command went on there is not known; the next run looks before it does anything.'];
  if (failure.reason !== 'command') return [];
  switch (failure.status) {
    case undefined:
      return ['The remote side ended it without saying how, so this is not taken for a success.'];
    case 126:
      return ['126 means: the file is there, but this user may not execute it.'];
    case 127:
      return failure.path === undefined
        ? ['127 means: command not found. Directories are added to its PATH with the setting `path:`.']
        : [
            '127 means: command not found. It ran with',
            `  PATH=${plain(failure.path)}`,
            'Add the directory with the setting `path:`.',
          ];
    case 137:
    case 'KILL':
    case 'SIGKILL':
      return ['A KILL that nobody sent is mostly the kernel running out of memory; `dmesg` on the host says so.'];
    default:
      return [];
  }
};
