import type { Failure } from '../model/failure.ts';
import type { Json } from '../model/json.ts';
import type { Redact } from '../model/secret.ts';
import type { Observer, RunEvent } from './event.ts';

type Unstamped<E> = E extends unknown ? Omit<E, 'at'> : never;
/** Says an event: stamps it, hides secrets in it, hands it to the observer. */
export type Emit = (event: Unstamped<RunEvent>) => void;

/** The one place that every text of a run passes through before anybody sees it. */
export const emitter = (observe: Observer, redact: Redact): Emit => {
  const hidden = (event: Unstamped<RunEvent>): Unstamped<RunEvent> => {
    switch (event.type) {
      case 'command-started':
        return { ...event, command: redact(event.command) };
      case 'output':
        return { ...event, line: redact(event.line) };
      case 'said':
        return { ...event, sentence: redact(event.sentence) };
      case 'host-failed':
        return { ...event, failure: redactFailure(event.failure, redact) };
      case 'run-finished':
        return event.outcome.sentence === undefined
          ? event
          : { ...event, outcome: { ...event.outcome, sentence: redact(event.outcome.sentence) } };
      case 'host-succeeded':
        return { ...event, result: redactJson(event.result, redact) };
      default:
        return event;
    }
  };
  return (event) => observe({ ...hidden(event), at: Date.now() });
};

export const redactJson = (value: Json, redact: Redact): Json => {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((each: Json) => redactJson(each, redact));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, redactJson(each, redact)]));
  return value;
};

export const redactFailure = (failure: Failure, redact: Redact): Failure =>
  Object.fromEntries(
    Object.entries(failure).map(([key, value]) => [
      key,
      typeof value === 'string' && key !== 'reason' ? redact(value) : value,
    ]),
  ) as unknown as Failure;
