import type { Failure } from '../model/failure.ts';
import { redactFailure } from './emitter.ts';
import { timed, type RunState } from './state.ts';

/** A step failed on a host: no further step starts. */
export const recordFailure = (state: RunState, step: string, host: string, failure: Failure, seconds: number): void => {
  const shown = redactFailure(failure, state.redact);
  timed(state, step, host, seconds);
  state.failures.push({ step, host, failure: shown });
  state.emit({ type: 'host-failed', step, host, seconds, failure: shown });
};
