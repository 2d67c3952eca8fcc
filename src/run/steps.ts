import pMap from 'p-map';
import { ByHost } from '../model/by-host.ts';
import { failureOf } from '../model/failure.ts';
import type { Json } from '../model/json.ts';
import type { Batching, OperationResult } from '../model/operation.ts';
import { startOf } from '../plan/make-plan.ts';
import { plannedSteps, stepIds } from '../plan/planned-steps.ts';
import type { PlannedStep, PlanNode } from '../plan/plan.ts';
import { cleanOn } from './clean.ts';
import { contextFor, sessionOn, valuesFor } from './context.ts';
import { createOn } from './create.ts';
import { runDurable } from './durable.ts';
import { redactJson } from './emitter.ts';
import { recordFailure } from './failures.ts';
import { hold } from './hold.ts';
import { publish } from './publish.ts';
import { journal } from './step-journal.ts';
import { isStopped, remember, timed, type RunState } from './state.ts';

/** Carries out a list of nodes, each a barrier for the next. Ends early when a host has failed. */
export const walk = async (state: RunState, nodes: readonly PlanNode[]): Promise<void> => {
  for (const node of nodes) {
    if (isStopped(state)) return;
    await carryOut(state, node);
  }
};

const carryOut = async (state: RunState, node: PlanNode): Promise<void> => {
  switch (node.kind) {
    case 'step':
      return runStep(state, node.planned);
    case 'parallel':
      await Promise.all(node.steps.map((planned) => runStep(state, planned)));
      return;
    case 'per-host':
      return runPerHost(state, node.steps);
    case 'when':
      return runWhen(state, node);
    case 'during':
      return runDuring(state, node);
  }
};

const runStep = async (state: RunState, planned: PlannedStep): Promise<void> => {
  const hosts = takeDone(state, planned);
  if (planned.hosts.length === 0) return skip(state, planned.id, 'no host has its role');
  if (hosts.length === 0) {
    // An earlier run of this release has published it, and every host still shows it (plan/make-plan.ts).
    if (planned.step.kind === 'engine' && planned.step.action === 'publish') state.published = 'yes';
    return;
  }
  state.emit({ type: 'step-started', step: planned.id, hosts });
  const began = Date.now();
  if (planned.step.kind === 'engine' && planned.step.action === 'publish') await publishOrHold(state, planned, hosts);
  else
    for (const batch of batchesOf(state, planned, hosts)) {
      if (isStopped(state)) break;
      await pMap(batch, (host) => runOnHost(state, planned, host), { concurrency: state.forks });
    }
  const ok = !state.failures.some(({ step }) => step === planned.id) && !state.abort.signal.aborted;
  state.emit({ type: 'step-finished', step: planned.id, seconds: since(began), ok });
};

const publishOrHold = (state: RunState, planned: PlannedStep, hosts: readonly string[]): Promise<void> =>
  state.plan.params['hold'] === true ? hold(state, planned, hosts) : publish(state, planned, hosts);

/**
 * What brought hosts to another release brings them back: done again on some hosts, within whatever it
 * was done in. A host where it fails holds up no other one.
 */
export const runAgain = async (
  state: RunState,
  nodes: readonly PlanNode[],
  hostsOf: (planned: PlannedStep) => readonly string[],
): Promise<void> => {
  for (const node of nodes) {
    const again = plannedSteps([node]).some((planned) => hostsOf(planned).length > 0);
    if (!again || state.abort.signal.aborted) continue;
    if (node.kind === 'during') await around(state, node, () => runAgain(state, node.nodes, hostsOf));
    else if (node.kind === 'when') await runAgain(state, node.nodes, hostsOf);
    else for (const planned of plannedSteps([node])) await stepAgain(state, planned, hostsOf(planned));
  }
};

const stepAgain = async (state: RunState, planned: PlannedStep, hosts: readonly string[]): Promise<void> => {
  if (hosts.length === 0) return;
  state.emit({ type: 'step-started', step: planned.id, hosts });
  const began = Date.now();
  for (const batch of batchesOf(state, planned, hosts)) {
    if (state.abort.signal.aborted) break;
    await pMap(batch, (host) => runOnHost(state, planned, host), { concurrency: state.forks });
  }
  const ok = !state.failures.some(({ step }) => step === planned.id) && !state.abort.signal.aborted;
  state.emit({ type: 'step-finished', step: planned.id, seconds: since(began), ok });
};

/** Each host goes on to its next step as soon as it has finished one; a failure anywhere ends it all. */
const runPerHost = async (state: RunState, steps: readonly PlannedStep[]): Promise<void> => {
  const work = steps.map((planned) => ({ planned, hosts: takeDone(state, planned), began: Date.now() }));
  const hosts = [...new Set(work.flatMap(({ hosts: own }) => own))];
  for (const { planned } of work) {
    if (planned.hosts.length === 0) skip(state, planned.id, 'no host has its role');
    else state.emit({ type: 'step-started', step: planned.id, hosts: planned.hosts });
  }
  await pMap(
    hosts,
    async (host) => {
      for (const { planned, hosts: own } of work) {
        if (isStopped(state)) return;
        if (own.includes(host)) await runOnHost(state, planned, host);
      }
    },
    { concurrency: state.forks },
  );
  for (const { planned, began } of work) {
    if (planned.hosts.length === 0) continue;
    const ok = planned.hosts.every((host) => state.results.get(planned.id)?.has(host));
    state.emit({ type: 'step-finished', step: planned.id, seconds: since(began), ok });
  }
};

const runWhen = async (state: RunState, node: PlanNode & { readonly kind: 'when' }): Promise<void> => {
  const [result] = state.results.get(node.decidedBy)?.values() ?? [];
  // Asked of what the journal keeps, so a resume gets the answer that was given first.
  if (state.results.has(node.decidedBy) && node.is(result)) return walk(state, node.nodes);
  for (const step of stepIds(node.nodes)) skip(state, step, `not ${node.because}`);
};

/** Whatever happens between, `start` runs wherever `stop` ran, with what it said. */
const runDuring = async (state: RunState, node: PlanNode & { readonly kind: 'during' }): Promise<void> => {
  const inner = stepIds(node.nodes);
  const allDone = plannedSteps(node.nodes).every((planned) =>
    planned.hosts.every((host) => planned.done[host] !== undefined),
  );
  if (state.plan.resumed && inner.length > 0 && allDone && Object.keys(node.stop.done).length > 0) {
    takeDone(state, node.stop);
    return walk(state, node.nodes);
  }
  await around(state, node, () => walk(state, node.nodes));
};

const around = async (
  state: RunState,
  node: PlanNode & { readonly kind: 'during' },
  act: () => Promise<void>,
): Promise<void> => {
  await runStep(state, { ...node.stop, done: {} });
  try {
    await act();
  } finally {
    await startAgain(state, node, Object.fromEntries(state.results.get(node.stop.id) ?? []));
  }
};

/** A start must also work while the run is being cancelled, but not for ever. */
const startLimit = 120_000;

const startAgain = async (
  state: RunState,
  { stop, start }: PlanNode & { readonly kind: 'during' },
  stopped: Readonly<Record<string, Json>>,
): Promise<void> => {
  const hosts = Object.keys(stopped);
  if (hosts.length === 0) return;
  const step = startOf(stop.id);
  const signal = AbortSignal.timeout(startLimit);
  state.emit({ type: 'step-started', step, hosts });
  const began = Date.now();
  const answers = new ByHost<OperationResult>(Object.entries(stopped));
  await Promise.all(
    hosts.map((host) => attempt(state, step, host, () => start(answers, sessionOn(state, step, host, signal)))),
  );
  state.emit({
    type: 'step-finished',
    step,
    seconds: since(began),
    ok: !state.failures.some((failure) => failure.step === step),
  });
};

const runOnHost = (state: RunState, planned: PlannedStep, host: string): Promise<void> =>
  attempt(state, planned.id, host, () => {
    if (planned.step.kind === 'operation' && planned.step.detached !== undefined)
      return runDurable(state, planned, host);
    if (planned.step.kind === 'operation') return planned.step.run(contextFor(state, planned.step, planned.id, host));
    return planned.step.action === 'create' ? createOn(state, host) : cleanOn(state, planned, host);
  });

/** One step on one host: told, timed, journalled, and whatever it throws turned into data. */
const attempt = async (
  state: RunState,
  step: string,
  host: string,
  act: () => Promise<OperationResult>,
): Promise<void> => {
  const began = Date.now();
  state.emit({ type: 'host-started', step, host });
  try {
    const result = (await act()) ?? null;
    await journal(state, step, host, since(began), redactJson(result, state.redact));
    remember(state, step, host, result);
    timed(state, step, host, since(began));
    state.emit({ type: 'host-succeeded', step, host, seconds: since(began), result });
  } catch (thrown) {
    recordFailure(state, step, host, failureOf(thrown), since(began));
  }
};

/** Hosts that still have to do it; what the others did in an earlier run counts as this run's. */
const takeDone = (state: RunState, { id, hosts, done }: PlannedStep): readonly string[] => {
  const finished = hosts.filter((host) => done[host] !== undefined);
  for (const host of finished) {
    remember(state, id, host, done[host] ?? null);
    state.emit({ type: 'host-skipped', step: id, host });
  }
  return hosts.filter((host) => !finished.includes(host));
};

const skip = (state: RunState, step: string, because: string): void =>
  state.emit({ type: 'step-skipped', step, because });

/**
 * Batches in the order in which they go, of these hosts and no others. Where they cannot be made, no host
 * is touched.
 */
const batchesOf = (
  state: RunState,
  { id, step, hosts: all }: PlannedStep,
  hosts: readonly string[],
): readonly (readonly string[])[] => {
  if (step.kind !== 'operation' || step.batch === undefined) return [hosts];
  const { batch } = step;
  if (typeof batch !== 'object') return chunks(hosts, sizeOf(batch, all.length));
  try {
    const made = batch
      .make({ hosts, ...valuesFor(state, step) })
      .map((each) => each.filter((host) => hosts.includes(host)));
    const left = hosts.filter((host) => !made.some((each) => each.includes(host)));
    return [...made, left].filter((each) => each.length > 0);
  } catch (thrown) {
    const failure = failureOf(thrown);
    for (const host of hosts.slice(0, 1)) recordFailure(state, id, host, failure, 0);
    return [];
  }
};

const sizeOf = (batch: Exclude<Batching, object>, all: number): number =>
  Math.max(1, typeof batch === 'number' ? batch : Math.floor((Number.parseInt(batch, 10) * all) / 100));

const chunks = (hosts: readonly string[], size: number): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(hosts.length / size) }, (_, index) => hosts.slice(index * size, (index + 1) * size));

const since = (began: number): number => (Date.now() - began) / 1000;
