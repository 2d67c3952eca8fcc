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

/** The ids of all steps in order: the fingerprint that a resume compares. */
export const stepIds = (nodes: readonly PlanNode[]): readonly string[] => plannedSteps(nodes).map(({ id }) => id);
