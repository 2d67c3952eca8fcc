import { Interrupted } from '../run/state.ts';

/**
 * Turns Ctrl-C, SIGTERM and SIGHUP into an abort: the run ends its remote commands, lets go of its
 * locks and says where things stand. A second Ctrl-C waits for none of that.
 */
export const listenForSignals = (): { readonly signal: AbortSignal; stop(): void } => {
  const controller = new AbortController();
  const listeners = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((name) => {
    const listener = (): void => {
      if (controller.signal.aborted && name === 'SIGINT') process.kill(process.pid, 'SIGKILL');
      controller.abort(new Interrupted(name));
    };
    process.on(name, listener);
    return () => process.off(name, listener);
  });
  return { signal: controller.signal, stop: () => listeners.forEach((stop) => stop()) };
};
