/**
 * The public API. Fabfiles import from here; so does a program that deploys without the command
 * line (`load`, `plan`, `run`).
 */
export * from './api.ts';
export { anyCommand, appOperations, putShared, type AppOptions, type Line } from './operations/app.ts';
export { codeOperations } from './operations/code.ts';
export { hotfixOperations } from './operations/hotfix.ts';
export { releaseOperations } from './operations/release.ts';
export { defaultTasks, generalTasks, views, type DefaultTasksOptions } from './tasks/plain.ts';
export { ProblemsFound, problemText, type Problem } from './model/problem.ts';
export type { Result } from './model/result.ts';
export type { Plan, PlannedStep, PlanNode } from './plan/plan.ts';
export type { RunEvent, Observer } from './run/event.ts';
export type { Outcome, Standing, StepFailure } from './run/outcome.ts';
export { Interrupted } from './run/state.ts';
export { load, type Loaded, type LoadOptions } from './program/load.ts';
export { look } from './program/look.ts';
export { plan, type Planned, type PlanOptions } from './program/plan.ts';
export { run, type RunOptions } from './program/run.ts';
