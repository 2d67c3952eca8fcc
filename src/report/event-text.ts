import type { Plan } from '../plan/plan.ts';
import type { RunEvent } from '../run/event.ts';
import type { Colours } from './colours.ts';
import { duration } from './duration.ts';
import { failureLine } from './failure-text.ts';
import { hostsText } from './hosts-text.ts';
import { plain, plainLines } from './plain.ts';
import { summaryText } from './summary.ts';
import { counted } from './words.ts';

export interface EventTextOptions {
  readonly colours: Colours;
  readonly verbose: boolean;
  /** From `run-started`; without it there is no summary to make. */
  readonly plan: Plan | undefined;
}

/** What one event reads like as plain lines. Which events are shown is each reporter's own choice. */
export const eventLines = (event: RunEvent, { colours, verbose, plan }: EventTextOptions): readonly string[] => {
  const at = (host: string): string => colours.dim(`[${host}]`);
  switch (event.type) {
    case 'run-started':
      return [startLine(event.plan), `logs: ${event.logDirectory}`];
    case 'phase':
      return [colours.dim(`· ${event.name}${event.detail === undefined ? '' : `: ${plain(event.detail)}`}`)];
    case 'step-started':
      return [colours.bold(`▸ ${event.step} on ${hostsText(event.hosts)}`)];
    case 'step-skipped':
      return [colours.dim(`- ${event.step} skipped: ${plain(event.because)}`)];
    case 'step-finished':
      return [
        event.ok
          ? `${colours.green('✓')} ${event.step} ${colours.dim(duration(event.seconds))}`
          : `${colours.red('✗')} ${event.step} ${colours.dim(duration(event.seconds))}`,
      ];
    case 'host-started':
      return [];
    case 'host-succeeded':
      return [`${at(event.host)} ${colours.green('✓')} ${event.step} ${colours.dim(duration(event.seconds))}`];
    case 'host-failed':
      return [colours.red(failureLine({ step: event.step, hosts: [event.host], failure: event.failure }))];
    case 'host-skipped':
      return [`${at(event.host)} ${colours.dim(`${event.step} was done before`)}`];
    case 'command-started':
      return plainLines(event.command).map((line) => `${at(event.host)} ${colours.dim(`$ ${line}`)}`);
    case 'output':
      return [`${at(event.host)} ${plain(event.line)}`];
    case 'said':
      return plainLines(event.sentence).map((line) => (event.host === undefined ? line : `${at(event.host)} ${line}`));
    case 'published':
      return [`${at(event.host)} current is ${event.release}`];
    case 'run-finished':
      return plan === undefined
        ? []
        : ['', ...summaryText(event.outcome, plan, { colours, verbose }).trimEnd().split('\n')];
  }
};

const startLine = ({ task, environment, release, resumed, hosts }: Plan): string => {
  const about = release === undefined ? '' : `, release ${release.id}`;
  return `${task.name} on ${environment}${about}, ${counted(hosts.length, 'host')}${resumed ? ', resumed' : ''}`;
};
