import type { RunEvent } from '../run/event.ts';
import { failureReason } from './failure-text.ts';
import { plannedSteps } from '../plan/planned-steps.ts';

/** How a host is doing in the steps that are under way. */
export type HostMark = 'failed' | 'running' | 'waiting' | 'done' | 'idle';

interface StepOnHost {
  state: 'waiting' | 'running' | 'done';
  since: number;
}
interface HostState {
  readonly steps: Map<string, StepOnHost>;
  /** The last line of output, as it came; made plain only when it is drawn. */
  lastLine: string;
  failure: { readonly step: string; readonly reason: string } | undefined;
}

/** One host as the board shows it. */
export interface BoardHost {
  readonly name: string;
  readonly mark: HostMark;
  readonly step: string;
  readonly since: number | undefined;
  readonly lastLine: string;
}

/** A step under way, and how far it is. */
export interface BoardStep {
  readonly step: string;
  readonly hosts: number;
  readonly done: number;
}

/** What is going on, kept up to date by the events of a run. Knows nothing about terminals. */
export class BoardState {
  title = '';
  startedAt: number | undefined;
  phase: string | undefined;
  /** How many steps the plan has, and how many of them are behind us. */
  total = 0;
  passed = 0;
  readonly #running = new Map<string, { hosts: number; done: number }>();
  readonly #hosts = new Map<string, HostState>();

  apply(event: RunEvent): void {
    switch (event.type) {
      case 'run-started': {
        const { plan } = event;
        this.title = `${plan.task.name} on ${plan.environment}`;
        this.startedAt = event.at;
        this.total = plannedSteps(plan.nodes).length;
        this.passed = 0;
        this.phase = undefined;
        this.#running.clear();
        this.#hosts.clear();
        for (const { host } of plan.hosts) this.#host(host);
        return;
      }
      case 'phase':
        this.phase = event.detail === undefined ? event.name : `${event.name}: ${event.detail}`;
        return;
      case 'step-started':
        this.phase = undefined;
        this.#running.set(event.step, { hosts: event.hosts.length, done: 0 });
        for (const host of event.hosts) this.#host(host).steps.set(event.step, { state: 'waiting', since: event.at });
        return;
      case 'step-skipped':
        this.passed += 1;
        return;
      case 'step-finished':
        this.passed += 1;
        this.phase = undefined;
        this.#running.delete(event.step);
        for (const host of this.#hosts.values()) host.steps.delete(event.step);
        return;
      case 'host-started': {
        const host = this.#host(event.host);
        host.steps.delete(event.step);
        host.steps.set(event.step, { state: 'running', since: event.at });
        host.lastLine = '';
        return;
      }
      case 'host-succeeded':
      case 'host-skipped':
        this.#ended(event.step, event.host);
        return;
      case 'host-failed':
        this.#ended(event.step, event.host);
        this.#host(event.host).failure = { step: event.step, reason: failureReason(event.failure) };
        return;
      case 'output':
        this.#host(event.host).lastLine = event.line;
        return;
      case 'command-started':
      case 'said':
      case 'published':
      case 'run-finished':
        return;
    }
  }

  /** In inventory order. */
  get hosts(): readonly BoardHost[] {
    return [...this.#hosts].map(([name, host]) => boardHost(name, host));
  }

  get running(): readonly BoardStep[] {
    return [...this.#running].map(([step, { hosts, done }]) => ({ step, hosts, done }));
  }

  get failed(): number {
    return [...this.#hosts.values()].filter(({ failure }) => failure !== undefined).length;
  }

  #ended(step: string, name: string): void {
    const count = this.#running.get(step);
    if (count !== undefined) count.done += 1;
    const host = this.#host(name);
    const onHost = host.steps.get(step);
    if (onHost !== undefined) onHost.state = 'done';
    host.lastLine = '';
  }

  #host(name: string): HostState {
    const known = this.#hosts.get(name);
    if (known !== undefined) return known;
    const made: HostState = { steps: new Map(), lastLine: '', failure: undefined };
    this.#hosts.set(name, made);
    return made;
  }
}

const boardHost = (name: string, { steps, lastLine, failure }: HostState): BoardHost => {
  const inState = (state: StepOnHost['state']) => [...steps].findLast(([, each]) => each.state === state);
  const running = inState('running');
  if (failure !== undefined && running === undefined)
    return { name, mark: 'failed', step: failure.step, since: undefined, lastLine: failure.reason };
  // The one started last: its output is the line that is shown.
  if (running !== undefined) return { name, mark: 'running', step: running[0], since: running[1].since, lastLine };
  const waiting = inState('waiting');
  if (waiting !== undefined) return { name, mark: 'waiting', step: waiting[0], since: undefined, lastLine: '' };
  const done = inState('done');
  if (done !== undefined) return { name, mark: 'done', step: done[0], since: undefined, lastLine: '' };
  return { name, mark: 'idle', step: '', since: undefined, lastLine: '' };
};
