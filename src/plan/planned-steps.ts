import type { PlannedStep, PlanNode } from './plan.ts';

/** Every step of a plan in order, those inside other nodes included. */
export const plannedSteps = (nodes: readonly PlanNode[]): readonly PlannedStep[] =>
  nodes.flatMap((node): readonly PlannedStep[] => {
    switch (node.kind) {
      case 'step':
        return [node.planned];
      case 'per-host':
      case 'parallel':
        return node.steps;
      case 'when':
        return plannedSteps(node.nodes);
      case 'during':
        return [node.stop, ...plannedSteps(node.nodes)];
    }
  });

/** The ids of what stops something that must be started again whatever happens. */
export const stopIds = (nodes: readonly PlanNode[]): readonly string[] =>
  nodes.flatMap((node): readonly string[] => {
    switch (node.kind) {
      case 'during':
        return [node.stop.id, ...stopIds(node.nodes)];
      case 'when':
        return stopIds(node.nodes);
      default:
        return [];
    }
  });

/** The ids of all steps in order: the fingerprint that a resume compares. */
export const stepIds = (nodes: readonly PlanNode[]): readonly string[] => plannedSteps(nodes).map(({ id }) => id);
