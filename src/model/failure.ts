/**
 * Why a step failed on a host, as data. Sentences are made from it in one place
 * (report/failure-text.ts).
 */
export type Failure =
  | {
      readonly reason: 'command';
      readonly command: string;
      /** A number, a signal's name, or nothing when the channel ended without either. */
      readonly status: number | string | undefined;
      /** The last lines of its output, secrets hidden. */
      readonly output: string;
      /** The PATH it ran with, when the command was not found. */
      readonly path?: string;
    }
  | { readonly reason: 'timeout'; readonly command: string; readonly seconds: number; readonly silent: boolean }
  /** `goesOn`: what was lost is only the sight of it; the message says how to see it again. */
  | { readonly reason: 'lost'; readonly message: string; readonly goesOn?: boolean }
  | { readonly reason: 'cancelled' }
  | { readonly reason: 'not-yet'; readonly message: string }
  | { readonly reason: 'thrown'; readonly message: string; readonly stack?: string };

/** Thrown by a session's verbs; carries the failure as data. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  readonly failure: Failure;
  constructor(failure: Failure, message: string) {
    super(message);
    this.failure = failure;
  }
}

/** Thrown by an operation through `notYet`: the run stops, resumable, with exit status 5. */
export class NotYet extends Error {
  override readonly name = 'NotYet';
}

/** `throw notYet('The preindex is still running.')`: a gate is not open; resume later. */
export const notYet = (sentence: string): NotYet => new NotYet(sentence);

/** Turns whatever an operation threw into a Failure: the one boundary between throwing and data. */
export const failureOf = (thrown: unknown): Failure => {
  if (typeof thrown !== 'object' || thrown === null) return { reason: 'thrown', message: String(thrown) };
  const { name, message, stack, failure } = thrown as Partial<CommandFailed>;
  if (name === 'CommandFailed' && failure !== undefined) return failure;
  if ((name as string) === 'NotYet') return { reason: 'not-yet', message: message ?? '' };
  if ((name as string) === 'ConnectionLost') return { reason: 'lost', message: message ?? '' };
  if ((name as string) === 'AbortError') return { reason: 'cancelled' };
  return { reason: 'thrown', message: message ?? 'unknown', ...(stack === undefined ? {} : { stack }) };
};
