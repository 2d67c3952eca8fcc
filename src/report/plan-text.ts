import type { Plan } from '../plan/plan.ts';
import { colours as colouring, type Colours } from './colours.ts';
import { plain } from './plain.ts';
import { planHeader } from './plan-header.ts';
import { plannedSteps } from '../plan/planned-steps.ts';
import { planRows } from './plan-rows.ts';
import { planTable } from './plan-table.ts';
import { retentionText } from './retention-text.ts';
import { shipmentText } from './shipment-text.ts';
import { pad, textWidth } from './width.ts';

export interface PlanTextOptions {
  /** Columns of the terminal. */
  readonly width: number;
  readonly colours?: Colours;
}

/** The plan for people, as `--plan` prints it and the last question shows it. Ends with a newline. */
export const planText = (plan: Plan, { width, colours = colouring(false) }: PlanTextOptions): string => {
  const hosts = plan.hosts.map(({ host }) => host);
  const [title = '', ...header] = planHeader(plan);
  const sections: readonly (readonly string[])[] = [
    [colours.bold(title), ...header],
    planTable(planRows(plan), { hosts, width, colours }),
    plan.shipment === undefined ? [] : shipmentText(plan.shipment, width, { commits: listsCommits(plan) }),
    plan.retention === undefined ? [] : retentionText(plan.retention, cleanedHosts(plan)),
    guardText(plan),
    plan.notices.map((notice) => colours.yellow(`! ${plain(notice)}`)),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
};

/** The setting's name is commcare-cloud's. What would go away and what migrates is told in any case. */
const listsCommits = ({ settings }: Plan): boolean => settings['generate_deploy_diffs'] !== false;

/** How many hosts cleaning looks at, to leave out "on which hosts" where it is all of them. */
const cleanedHosts = ({ nodes, hosts }: Plan): number =>
  plannedSteps(nodes).find(({ step }) => step.kind === 'engine' && step.action === 'clean')?.hosts.length ??
  hosts.length;

const guardText = ({ guards }: Plan): readonly string[] => {
  if (guards.length === 0) return [];
  const flags = Math.max(...guards.map(({ guard }) => textWidth(guard.flag))) + 2;
  return [
    'Will ask first; the flag answers ahead',
    ...guards.map(({ guard, question }) => `  ${pad(`--${guard.flag}`, flags)}  ${plain(question)}`),
  ];
};
