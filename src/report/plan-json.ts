import type { Json } from '../model/json.ts';
import { shownParams } from '../model/param.ts';
import type { Plan, PlanNode, PlannedStep } from '../plan/plan.ts';

/** The plan for programs: one object, no functions, secrets hidden. `--plan --json` prints it. */
export const planJson = (plan: Plan): Json =>
  shownParams({
    task: plan.task.name,
    environment: plan.environment,
    id: plan.id,
    release: plan.release ?? null,
    resumed: plan.resumed,
    startedAt: plan.startedAt.toISOString(),
    hosts: plan.hosts.map(({ host, root, current }) => ({ host, root, current })),
    releaseHosts: plan.releaseHosts,
    leftOut: plan.leftOut,
    params: plan.params,
    owed: plan.owed.map(({ release, stop, stopped }) => ({ release, stop, hosts: Object.keys(stopped) })),
    steps: plan.nodes.map(nodeJson),
    shipment: plan.shipment ?? null,
    retention: plan.retention ?? null,
    guards: plan.guards.map(({ guard, question }) => ({ name: guard.name, flag: `--${guard.flag}`, question })),
    notices: plan.notices,
  });

const nodeJson = (node: PlanNode): Json => {
  switch (node.kind) {
    case 'step':
      return { kind: 'step', ...stepJson(node.planned) };
    case 'per-host':
    case 'parallel':
      return { kind: node.kind, steps: node.steps.map(stepJson) };
    case 'when':
      return {
        kind: 'when',
        decidedBy: node.decidedBy,
        because: node.because,
        steps: node.nodes.map(nodeJson),
      };
    case 'during':
      return {
        kind: 'during',
        stop: stepJson(node.stop),
        steps: node.nodes.map(nodeJson),
      };
  }
};

const stepJson = ({ id, step, hosts, conditions, done }: PlannedStep): { readonly [key: string]: Json } => ({
  id,
  hosts,
  conditions,
  done: Object.keys(done),
  batch: step.kind !== 'operation' ? null : typeof step.batch === 'object' ? step.batch.words : (step.batch ?? null),
  durable: step.kind === 'operation' && step.durable,
});
