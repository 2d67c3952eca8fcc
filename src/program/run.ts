import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Console } from '../model/console.ts';
import type { Guard } from '../model/guard.ts';
import type { RunEnd, RunInfo } from '../model/operation.ts';
import { problem, ProblemsFound, type Problem } from '../model/problem.ts';
import { fail, ok } from '../model/result.ts';
import { noProcesses } from '../model/processes.ts';
import { logFiles } from '../report/log-files.ts';
import { summaryText } from '../report/summary.ts';
import type { Observer } from '../run/event.ts';
import type { Outcome } from '../run/outcome.ts';
import type { RunDependencies } from '../run/state.ts';
import type { Planned } from './plan.ts';
import { logTimings } from './timing-log.ts';
import { toolVersion } from './version.ts';

export interface RunOptions {
  /** Hears every event of the run, secrets hidden. */
  readonly observe?: Observer;
  /** Abort with an `Interrupted` as reason to say which signal it was. */
  readonly signal?: AbortSignal;
  /** Answers a guard's question; without it an unanswered guard ends the run before it begins. */
  readonly answer?: (question: string, guard: Guard) => Promise<boolean>;
  /** Lent to commands that converse. */
  readonly console?: Console;
}

/**
 * Carries a plan out. Prints nothing and never ends the process; the outcome says how it went.
 * @throws ProblemsFound when a guard is not answered, or answered with no: nothing was touched.
 */
export const run = async (planned: Planned, options: RunOptions = {}): Promise<Outcome> => {
  await askGuards(planned, options);
  const { loaded, plan } = planned;
  const logDirectory = logDirectoryFor(planned);
  const log = logFiles({
    directory: logDirectory,
    onProblem: (sentence) => options.observe?.({ type: 'said', at: Date.now(), sentence }),
  });
  const closers: ((end: RunEnd) => Promise<void>)[] = [];
  const observe: Observer = (event) => {
    log.observe(event);
    options.observe?.(event);
  };
  const info: RunInfo = {
    id: plan.id,
    task: plan.task.name,
    environment: plan.environment,
    user: loaded.user,
    machine: loaded.machine,
    startedAt: plan.startedAt,
    directory: loaded.environment.directory,
    inventory: loaded.environment.inventory,
    processes: loaded.environment.processes ?? noProcesses,
    ...(options.console === undefined ? {} : { console: options.console }),
    atEnd: (act) => closers.push(act),
  };
  const dependencies: RunDependencies = {
    fleet: loaded.fleet,
    inventory: loaded.environment.inventory,
    info,
    toolVersion: await toolVersion(),
    sudoUser: loaded.sudoUser,
    path: loaded.path,
    variables: loaded.variables,
    secrets: loaded.environment.secrets,
    forks: loaded.forks,
    lease: loaded.lease,
    logDirectory,
    redact: loaded.redact,
    observe,
    signal: options.signal ?? new AbortController().signal,
    resurvey: () => planned.resurvey(),
  };
  let end: RunEnd = { ending: 'failed', resumable: false, summary: '' };
  try {
    // The engine is loaded with the first run: whoever only lists tasks does not wait for it.
    const { runPlan } = await import('../run/run.ts');
    const outcome = await runPlan(plan, dependencies, async ({ settled }) => {
      const again = await planned.again(settled);
      if (!again.ok) return again;
      const asked = settled === undefined ? notAsked(planned, again.value) : [];
      return asked.length > 0 ? fail(asked) : ok(again.value.plan);
    });
    const { ending, resumable } = outcome;
    const unlogged = await logTimings(loaded.environment.settings.timing_log, outcome);
    if (unlogged !== undefined) observe({ type: 'said', at: Date.now(), sentence: unlogged });
    end = { ending, resumable, summary: loaded.redact(summaryText(outcome, plan)) };
    return outcome;
  } finally {
    await Promise.allSettled(closers.map((act) => act(end)));
    log.close();
  }
};

/** Every guard is asked before anything is touched; the first no ends it. */
const askGuards = async ({ questions }: Planned, { answer }: RunOptions): Promise<void> => {
  if (questions.length === 0) return;
  if (answer === undefined)
    throw new ProblemsFound(
      questions.map(({ question, guard }) => problem(question, { hint: `answer it ahead with --${guard.flag}` })),
    );
  for (const { question, guard } of questions)
    if (!(await answer(question, guard))) throw new ProblemsFound([problem('Not confirmed; nothing was changed.')]);
};

/** Guards that have something to ask only since another run came in between: nobody has answered them. */
const notAsked = ({ questions }: Planned, again: Planned): readonly Problem[] =>
  again.questions
    .filter(({ guard }) => !questions.some((each) => each.guard.flag === guard.flag))
    .map(({ question, guard }) => problem(question, { hint: `answer it with --${guard.flag}` }));

/** `~/.local/state/fabwright/<env>/<run>-<task>`: one file per host with all it said. */
const logDirectoryFor = ({ plan }: Planned): string => {
  const given = process.env['XDG_STATE_HOME'] ?? '';
  const state = given === '' ? join(homedir(), '.local', 'state') : given;
  return join(state, 'fabwright', plan.environment, `${plan.id}-${plan.task.name}`);
};
