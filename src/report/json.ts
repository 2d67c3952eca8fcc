import type { Observer, RunEvent } from '../run/event.ts';
import { planJson } from './plan-json.ts';

export interface JsonOptions {
  readonly write: (text: string) => void;
}

/** Reports a run as JSON lines: one event each, as it is, the plan without its functions. */
export const json =
  ({ write }: JsonOptions): Observer =>
  (event) =>
    write(`${JSON.stringify(shownEvent(event))}\n`);

const shownEvent = (event: RunEvent): object => {
  if (event.type !== 'run-started') return event;
  const { at, type, logDirectory, plan } = event;
  return { at, type, logDirectory, plan: planJson(plan) };
};
