import { attach } from './attach-command.ts';
import { cancel } from './cancel-command.ts';
import type { Interrupted } from '../run/state.ts';
import { ProblemsFound } from '../model/problem.ts';
import { problemText, type Problem } from '../model/problem.ts';
import { ok, type Result } from '../model/result.ts';
import { findRunnable, plan, type Planned, type PlanOptions } from '../program/plan.ts';
import { look } from '../program/look.ts';
import type { Loaded } from '../program/load.ts';
import { run } from '../program/run.ts';
import { planJson, planText } from '../report/index.ts';
import { listed } from '../report/words.ts';
import type { Invocation } from './argv/command-line.ts';
import type { Globals } from './argv/globals.ts';
import { asResume } from './catch-up-command.ts';
import { consoleOf } from './console.ts';
import { attachShape, cancelShape, catchUpShape, knownHostsShape } from './commands.ts';
import { listenForSignals } from './interruption.ts';
import { knownHosts } from './known-hosts-command.ts';
import { refuse } from './refuse.ts';
import type { Output } from './output.ts';
import { confirm } from './questions.ts';
import { reporterFor } from './reporter.ts';
import type { TraceFile } from './trace-file.ts';

/** What one command line is carried out with. */
export interface Desk {
  readonly loaded: Loaded;
  readonly globals: Globals;
  readonly output: Output;
  readonly trace: TraceFile;
}

interface Order extends Desk {
  readonly signal: AbortSignal;
}

/** Several tasks in one line: all planned before any is touched, run in order, the first failure stops. */
export const carryOut = async (desk: Desk, typed: readonly Invocation[]): Promise<number> => {
  const signals = listenForSignals();
  const order: Order = { ...desk, signal: signals.signal };
  const { output } = desk;
  const done: string[] = [];
  try {
    const answers: Result<Meant | undefined, readonly Problem[]>[] = [];
    for (const each of typed) answers.push(await meantBy(order, each));
    const problems = answers.flatMap((answer) => (answer.ok ? [] : answer.failure));
    if (problems.length > 0) return refuse(output, problems);
    const meant = answers.flatMap((answer) => (answer.ok && answer.value !== undefined ? [answer.value] : []));
    return await oneAfterTheOther(order, meant, done);
  } catch (thrown) {
    if ((thrown as Error).name === 'ProblemsFound') return refuseAfter(order, done, (thrown as ProblemsFound).problems);
    const { by } = (signals.signal.aborted ? signals.signal.reason : thrown) as Partial<Interrupted>;
    if (by !== undefined) {
      output.complain(interruptedText(typed, done));
      return { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[by];
    }
    throw thrown;
  } finally {
    signals.stop();
  }
};

/** `cancel` may have ended something already: only `status` knows. */
const interruptedText = (typed: readonly Invocation[], done: readonly string[]): string => {
  if (done.length > 0) return `Interrupted after ${done.join(', ')}; nothing else was begun.`;
  return typed.some(({ task }) => task === cancelShape.name)
    ? 'Interrupted; `status` says what still runs.'
    : 'Interrupted before anything was changed.';
};

/** One of the tasks of a line, with its plan; a view has none. */
interface Meant {
  readonly typed: Invocation;
  readonly invocation: Invocation;
  readonly planned: Planned | undefined;
}

/** Nothing, where nobody is behind and there is nothing to catch up. */
const meantBy = async (order: Order, typed: Invocation): Promise<Result<Meant | undefined, readonly Problem[]>> => {
  const { loaded, output, signal } = order;
  const meant = typed.task === catchUpShape.name ? await asResume(loaded, typed, output, signal) : ok(typed);
  if (!meant.ok) return meant;
  const invocation = meant.value;
  if (invocation === undefined) return ok(undefined);
  if (!isTask(loaded, invocation.task)) return ok({ typed, invocation, planned: undefined });
  const planned = await planOne(order, invocation);
  return planned.ok ? ok({ typed, invocation, planned: planned.value }) : planned;
};

const oneAfterTheOther = async (order: Order, line: readonly Meant[], done: string[]): Promise<number> => {
  for (const first of line) {
    const fresh = done.length === 0 ? ok(first) : await meantNow(order, first);
    if (!fresh.ok) return refuseAfter(order, done, fresh.failure);
    if (fresh.value === undefined) continue;
    const status = await one(order, fresh.value.invocation, fresh.value.planned);
    if (status !== 0) return status;
    if (!order.globals.plan || fresh.value.planned === undefined) done.push(first.invocation.task);
  }
  return 0;
};

/** After an earlier task the hosts are no longer what this one was planned on, nor is it the same release that some are behind. */
const meantNow = async (order: Order, first: Meant): Promise<Result<Meant | undefined, readonly Problem[]>> => {
  if (first.typed.task === catchUpShape.name) return meantBy(order, first.typed);
  const again = await first.planned?.again();
  if (again === undefined) return ok(first);
  return again.ok ? ok({ ...first, planned: again.value }) : again;
};

/** What was done before it is told, and is no «nothing was changed». */
const refuseAfter = ({ loaded, output }: Order, done: readonly string[], problems: readonly Problem[]): number => {
  if (!done.some((name) => isTask(loaded, name))) return refuse(output, problems);
  output.complain(
    [
      `${listed(done)} ${done.length === 1 ? 'is' : 'are'} done; nothing else was begun:`,
      ...problems.map(problemText),
    ].join('\n'),
  );
  return 1;
};

const isTask = (loaded: Loaded, name: string): boolean => {
  const found = findRunnable(loaded, name);
  return found.ok && found.value.kind === 'task';
};

const optionsFor = ({ globals, output, signal }: Order, { answers }: Pick<Invocation, 'answers'>): PlanOptions => ({
  limit: globals.limit,
  answers: new Set([...answers, ...(globals.yes ? ['yes'] : [])]),
  signal,
  onProgress: (line) => output.note(output.colours.dim(line)),
});

const planOne = async (order: Order, invocation: Invocation) => {
  const began = Date.now();
  try {
    return await plan(order.loaded, invocation.task, invocation.params, optionsFor(order, invocation));
  } finally {
    order.trace.span(`connect, survey and plan ${invocation.task}`, began, Date.now());
  }
};

const one = async (order: Order, invocation: Invocation, planned: Planned | undefined): Promise<number> => {
  if (invocation.task === knownHostsShape.name)
    return knownHosts(order.loaded, order.globals, order.output, order.signal);
  if (invocation.task === attachShape.name || invocation.task === cancelShape.name) return onSteps(order, invocation);
  if (planned === undefined) return show(order, invocation);
  if (order.globals.plan) return showPlan(order.output, planned);
  return runOne(order, planned);
};

const onSteps = ({ loaded, globals, output, signal }: Order, { task, params }: Invocation): Promise<number> => {
  const step = params['step'] as string | undefined;
  const act = task === attachShape.name ? attach : cancel;
  return act(loaded, step, globals, output, signal);
};

const show = async (order: Order, invocation: Invocation): Promise<number> => {
  const { output, loaded } = order;
  const shown = await look(loaded, invocation.task, invocation.params, optionsFor(order, invocation));
  if (!shown.ok) return refuse(output, shown.failure);
  if (output.json) output.data(shown.value.json);
  else output.print(loaded.redact(shown.value.text));
  return shown.value.status ?? 0;
};

const showPlan = (output: Output, { plan: made, questions }: Planned): number => {
  if (output.json) output.data(planJson(made));
  else output.print(planText({ ...made, guards: questions }, { width: output.width ?? 120, colours: output.colours }));
  return 0;
};

const runOne = async ({ output, signal, trace }: Order, planned: Planned): Promise<number> => {
  const asks = planned.questions.length > 0;
  if (asks || (planned.plan.task.guards.length > 0 && !output.quiet))
    output.note(
      planText({ ...planned.plan, guards: planned.questions }, { width: output.width ?? 120, colours: output.colours }),
    );
  const reporter = reporterFor(output, planned.plan);
  try {
    const outcome = await run(planned, {
      observe: (event) => {
        trace.observe(event);
        reporter.observe(event);
      },
      signal,
      ...(output.interactive ? { answer: confirm } : {}),
      ...(output.interactive && !output.json ? { console: consoleOf(process.stdin, process.stdout) } : {}),
    });
    return outcome.status;
  } finally {
    reporter.close();
  }
};
