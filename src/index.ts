/**
 * The public API. Fabfiles import from here; so does a program that deploys without the command
 * line (`load`, `plan`, `run`).
 */
export * from './api.ts';
export { anyCommand, appOperations, putShared, type AppOptions, type Line } from './operations/app.ts';
export { codeOperations } from './operations/code.ts';
export { commcarePrograms, type CommcareRoles } from './operations/commcare-programs.ts';
export { databaseOperations } from './operations/database.ts';
export { djangoOperations, type DjangoOptions } from './operations/django.ts';
export { formplayerOperations } from './operations/formplayer.ts';
export { hotfixOperations } from './operations/hotfix.ts';
export { notifyOperations } from './operations/notify.ts';
export { preindexOperations } from './operations/preindex.ts';
export { programGroup, type ProgramGroup, type ProgramGroupOptions } from './operations/program-group.ts';
export { pythonOperations } from './operations/python.ts';
export { releaseOperations } from './operations/release.ts';
export { serviceOperations, type ServiceOptions } from './operations/services.ts';
export { staticOperations, type StaticOptions } from './operations/statics.ts';
export type { Program } from './operations/supervisor-config.ts';
export {
  supervisorOperations,
  type ProgramTemplate,
  type SupervisorOptions,
  type TemplateView,
} from './operations/supervisor.ts';
export { translationOperations } from './operations/translations.ts';
export { defaultTasks, generalTasks, views, type DefaultTasksOptions } from './tasks/plain.ts';
export { orThrow, ProblemsFound, problemText, type Problem } from './model/problem.ts';
export type { Result } from './model/result.ts';
export type { Plan, PlannedStep, PlanNode } from './plan/plan.ts';
export { plannedSteps } from './plan/planned-steps.ts';
export type { RunEvent, Observer } from './run/event.ts';
export type { Outcome, Standing, StepFailure } from './run/outcome.ts';
export { Interrupted } from './run/state.ts';
export { load, type Loaded, type LoadOptions } from './program/load.ts';
export { look } from './program/look.ts';
export { plan, type Planned, type PlanOptions } from './program/plan.ts';
export { run, type RunOptions } from './program/run.ts';
