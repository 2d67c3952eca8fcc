import { sh, type Command } from '../model/command.ts';
import { readStepState, type StepState } from '../model/durable-step.ts';
import { cancelling, following, launching, looking, preparing, waiting } from './durable-script.ts';

/*
 * Commands for one durable step; `directory` is `layoutAt(root).step(release, step)`. In it lie `command`;
 * `lock`, held while any of its process group lives; `status`, held while its first process does; `output`, of
 * both streams; `session`, to find it when its wrapper is gone; `cancel`, who ended it.
 */

const script = (variables: Command, ...parts: readonly string[]): Command => ({
  kind: 'command',
  text: [variables.text, looking, ...parts].join('\n'),
});

/** In which states a step is begun, besides never having run, a failure that was told, and having been cancelled. */
export interface BeginWhen {
  /** After it ended well: every run of the task wants it done anew. */
  readonly done: boolean;
  /** After a failure that nobody has been told. */
  readonly untold: boolean;
  /** After it was lost, once nothing of it runs any more: only a person may say so. */
  readonly lost: boolean;
}

export interface Beginning {
  readonly directory: string;
  readonly command: string;
  /** The command as a file may keep it: without secrets. */
  readonly shown: string;
  readonly when: BeginWhen;
  /** Tells this beginning from any other. */
  readonly mark: string;
}

export type Begun =
  | { readonly kind: 'started' }
  /** Not begun: it was found so. */
  | { readonly kind: 'found'; readonly state: StepState }
  /** Another command runs under this step's name. */
  | { readonly kind: 'other'; readonly since: number }
  /** Its last attempt has ended and left processes in its group. */
  | { readonly kind: 'busy'; readonly pids: readonly number[] }
  | { readonly kind: 'refused'; readonly why: string };

const said = ({ done, untold, lost }: BeginWhen): Command => {
  const word = (yes: boolean): string => (yes ? 'yes' : '');
  return sh`done=${word(done)} untold=${word(untold)} lost=${word(lost)}`;
};

/** Begins the step, unless its state says otherwise (readBegun). Its environment and directory are the session's. */
export const beginStep = ({ directory, mark, shown, command, when }: Beginning): Command =>
  script(sh`d=${directory} n=${mark} k=${shown.trimEnd()} ${said(when)} c=${command}`, preparing, launching);

/** What `beginStep` answers. */
export const readBegun = (answer: string): Begun => {
  const [kind = '', ...rest] = answer.trim().split(/\s+/);
  switch (kind) {
    case 'started':
      return { kind };
    case 'other':
      return { kind, since: Number(rest[0]) };
    case 'busy':
      return { kind, pids: rest.map(Number) };
    case 'absent':
    case 'running':
    case 'ended':
    case 'cancelled':
    case 'lost':
      return { kind: 'found', state: readStepState(answer) };
    case 'unwritable':
      return { kind: 'refused', why: `its files could not be written: ${answer.trim().slice(kind.length + 1)}` };
    case 'refused':
      return { kind: 'refused', why: 'it could not take its lock' };
    default:
      return { kind: 'refused', why: answer.trim() === '' ? 'it said nothing' : answer.trim() };
  }
};

/** Answers what `readStepState` reads. */
export const lookAtStep = (directory: string): Command => script(sh`d=${directory}`, 'state');

/**
 * The step's output from its first byte and live to its end, without polling. Status 0 when it ended with 0, 3
 * when it ended otherwise or was lost. Lines that are `beat` on standard error only say that it lives.
 */
export const followStep = (directory: string, beat: string): Command => script(sh`d=${directory} n=${beat}`, following);

/** Waits for its end, so many seconds at most; answers as `lookAtStep` does. */
export const awaitStep = (directory: string, seconds: number): Command =>
  script(sh`d=${directory} n=${seconds}`, waiting, 'state');

/** Its last lines. */
export const lastWordsOf = (directory: string): Command => sh`tail -n 20 ${`${directory}/output`} 2>/dev/null || :`;

/** Somebody has been told how it failed: whoever resumes next wants another try. */
export const markTold = (directory: string): Command =>
  script(sh`d=${directory}`, `s=$(state); case $s in *" told"|*" 0") ;; "ended "*) put "$d/status" "$s told";; esac`);

/** The processes that still live of its last attempt. */
export const livingOf = (directory: string): Command => script(sh`d=${directory}`, 'members');

/**
 * Ends what lives of it, and answers as `lookAtStep` does. `by` is who wants it ended; what ignores TERM is killed
 * after so many seconds.
 */
export const cancelStep = (directory: string, by: string, patience = 5): Command =>
  script(sh`d=${directory} by=${by} g=${Math.round(patience * 10)}`, cancelling);
