import { layoutAt } from '../model/layout.ts';
import type { Plan } from '../plan/plan.ts';
import type { Outcome } from '../run/outcome.ts';
import { colours as colouring, type Colours } from './colours.ts';
import { duration } from './duration.ts';
import { exitStatusText } from './exit-status.ts';
import { failureText, groupFailures } from './failure-text.ts';
import { byWhat } from './hosts-text.ts';
import { nextCommands } from './next-commands.ts';
import { plain } from './plain.ts';
import { plannedSteps } from '../plan/planned-steps.ts';
import { isOnNew, standingLines, standingsInOneSentence } from './standing-text.ts';
import { pad, textWidth } from './width.ts';
import { counted, shortCommit } from './words.ts';

export interface SummaryOptions {
  readonly colours?: Colours;
  readonly verbose?: boolean;
}

/**
 * The last words of a run. What matters most stands last, where the terminal still shows it:
 * timings, failures, the outcome, where every release host stands, what to type next.
 */
export const summaryText = (
  outcome: Outcome,
  plan: Plan,
  { colours = colouring(false), verbose = false }: SummaryOptions = {},
): string => {
  const sections: readonly (readonly string[])[] = [
    timingLines(outcome, colours),
    ...failureSections(outcome, plan, colours, verbose),
    [
      paintVerdict(outcome, colours, verdict(outcome, plan)),
      ...(outcome.sentence === undefined ? [] : [plain(outcome.sentence)]),
      ...whereItLies(outcome, plan),
      ...(outcome.ending === 'done' ? [] : standingLines(outcome)),
    ],
    commandLines(nextCommands(outcome, plan)),
    [`logs: ${outcome.logDirectory}`, ...(outcome.status === 0 ? [] : [statusLine(outcome, plan)])],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
};

const verdict = (outcome: Outcome, plan: Plan): string => {
  const name = `${plan.task.name} on ${plan.environment}`;
  const time = duration(outcome.seconds);
  switch (outcome.ending) {
    case 'done':
      return `✓ ${name} is done in ${time}: ${whatIsDone(outcome, plan)}.`;
    case 'failed':
      return `✗ ${name} failed after ${time}.`;
    case 'split':
      return `✗ ${name} ended after ${time}, and the release hosts are not all on one known release.`;
    case 'locked':
      return `✗ ${name} did not start: another run holds the lock.`;
    case 'not-yet':
      return `– ${name} stopped after ${time}: a gate is not open yet.`;
    case 'interrupted':
      return `✗ ${name} was interrupted after ${time}.`;
  }
};

const whatIsDone = (outcome: Outcome, plan: Plan): string => {
  const { release, standings } = outcome;
  const commit = outcome.commit === undefined ? '' : ` (${shortCommit(outcome.commit)})`;
  const publishes = Object.keys(standings).length > 0;
  if (release !== undefined && publishes && isOnNew(outcome)) {
    const hosts = Object.keys(standings);
    const where = hosts.length === 1 ? String(hosts[0]) : `all ${hosts.length} hosts`;
    return `release ${release}${commit} is live on ${where}, read back`;
  }
  if (release !== undefined && publishes)
    return `release ${release}${commit} is ready and not published; ${standingsInOneSentence(outcome)}`;
  if (release !== undefined && plan.task.release.kind === 'new')
    return `release ${release}${commit} is built and not published`;
  return counted(plan.hosts.length, 'host');
};

/** A release that nothing points to has to be found by its directory. */
const whereItLies = (outcome: Outcome, plan: Plan): readonly string[] => {
  const { release, ending, standings } = outcome;
  if (
    release === undefined ||
    ending !== 'done' ||
    plan.task.release.kind !== 'new' ||
    Object.keys(standings).length > 0
  )
    return [];
  return byWhat(plan.hosts.map(({ host, root }) => [host, layoutAt(root).release(release)])).map(
    ([directory]) => `  ${directory}`,
  );
};

const failureSections = (
  { failures }: Outcome,
  plan: Plan,
  colours: Colours,
  verbose: boolean,
): readonly (readonly string[])[] => {
  const sizes = new Map(plannedSteps(plan.nodes).map(({ id, hosts }) => [id, hosts.length]));
  return groupFailures(failures).map((group) => {
    const of = sizes.get(group.step);
    return [failureText(group, { colours, verbose, ...(of === undefined ? {} : { of }) })];
  });
};

const timingLines = ({ timings, spent }: Outcome, colours: Colours): readonly string[] => {
  // One step's time is the run's time, which is said below.
  if (timings.length < 2) return [];
  const steps = Math.max(...timings.map(({ step }) => textWidth(step)), 'step'.length);
  const hosts = Math.max(...timings.map(({ host }) => textWidth(host)), 'slowest host'.length);
  const times = timings.map(({ seconds }) => duration(seconds));
  const widest = Math.max(...times.map((time) => time.length));
  return [
    colours.dim(`  ${pad('step', steps)}  ${pad('slowest host', hosts)}  ${'time'.padStart(widest)}`),
    ...timings.map(({ step, host }, index) => {
      const time = (times[index] ?? '').padStart(widest);
      return `  ${pad(step, steps)}  ${pad(host, hosts)}  ${time}`;
    }),
    ...(spent === undefined
      ? []
      : [
          '',
          `  Longest at work was ${spent.host}: ${spent.parts.map(({ part, seconds }) => `${part} ${duration(seconds)}`).join(', ')}.`,
        ]),
  ];
};

const commandLines = (commands: ReturnType<typeof nextCommands>): readonly string[] => {
  const widest = Math.max(0, ...commands.map(({ command }) => textWidth(command)));
  return commands.map(({ command, purpose }) => `  ${pad(command, widest)}   ${purpose}`);
};

const statusLine = ({ status }: Outcome, { task }: Plan): string =>
  // The remote command's own status would be read as one of our meanings.
  task.exitStatus === 'remote' ? `exit status ${status}` : exitStatusText(status);

const paintVerdict = ({ ending }: Outcome, colours: Colours, sentence: string): string => {
  if (ending === 'done') return colours.green(sentence);
  return ending === 'not-yet' ? colours.yellow(sentence) : colours.red(sentence);
};
