/**
 * What a fabfile, an operations package and our own built-ins are written against. `index.ts`
 * exports all of it, and the built-ins on top.
 */
export { ByHost } from './model/by-host.ts';
export { quote, sh, shell, words, type Command, type ShellValue } from './model/command.ts';
export type { Console, WindowSize } from './model/console.ts';
export type { StepState } from './model/durable-step.ts';
export { CommandFailed, notYet, type Failure } from './model/failure.ts';
export {
  branchGuard,
  confirmGuard,
  sameCommitGuard,
  windowGuard,
  type Guard,
  type GuardView,
  type MaintenanceWindow,
} from './model/guard.ts';
export { http, probe, watch, type Answered, type Health } from './model/health.ts';
export type { HistoryEntry, Publication, RunEnded } from './model/history.ts';
export {
  isWayBack,
  settlementOf,
  type FoundRecord,
  type PublishRecord,
  type Settlement,
} from './model/publish-record.ts';
export type { Host } from './model/host.ts';
export { resumeLine } from './model/resuming.ts';
export type { Inventory } from './model/inventory.ts';
export type { Json } from './model/json.ts';
export type { Layout } from './model/layout.ts';
export {
  command,
  durable,
  operation,
  type AnyOperation,
  type Batches,
  type Batching,
  type BatchView,
  type CommandOptions,
  type Needs,
  type NeedValues,
  type Operation,
  type OperationContext,
  type OperationResult,
  type RunEnd,
  type RunEnding,
  type RunInfo,
  type TargetRelease,
} from './model/operation.ts';
export { nameOfPin } from './model/name-of-pin.ts';
export { choice, count, flag, list, secret, text, type Param, type Params, type ParamValues } from './model/param.ts';
export {
  noProcesses,
  type CeleryWorker,
  type ManagementCommand,
  type PillowProcesses,
  type Processes,
} from './model/processes.ts';
export { isReleaseId, pinnedUntil, releaseDate, type ReleaseId } from './model/release.ts';
export {
  currentRelease,
  hotfixRelease,
  newRelease,
  noRelease,
  previousRelease,
  rebuiltRelease,
  type ReleaseChoice,
  type ReleaseRecord,
  type ReleaseState,
} from './model/release-choice.ts';
export { everyHost, hostsOfRole, role, type Role, type RoleOptions } from './model/role.ts';
export { unequal, type Built } from './model/same-code.ts';
export { Secret } from './model/secret.ts';
export type { RemoteProcess, Session, Verb } from './model/session.ts';
export type { CommitInfo, Shipment } from './model/shipment.ts';
export {
  cleanStep,
  createStep,
  during,
  parallel,
  perHost,
  publishStep,
  when,
  type During,
  type EngineStep,
  type Parallel,
  type PerHost,
  type Step,
  type When,
} from './model/step.ts';
export type { CurrentLink, HostSurvey, ReleaseOnHost, Survey, Unreachable } from './model/survey.ts';
export {
  duringDeploy,
  task,
  view,
  type LockKind,
  type Runnable,
  type Shown,
  type Task,
  type TaskDefinition,
  type View,
  type ViewContext,
} from './model/task.ts';
export { stepEnded, stepState, type StepContext } from './session/step-state.ts';
export { parseChangedFiles, changedFileText, type ChangedFile } from './source/changed-files.ts';
export { writeOut } from './source/checkout-script.ts';
export { deliver } from './source/deliver.ts';
export { fetchFrom, prepareMirror, receivePack, releaseRef } from './source/mirror-script.ts';
export { mirrorName } from './source/mirror-name.ts';
export { packCache, type PackCache } from './source/pack-cache.ts';
export { openRepository, type Repository } from './source/repository.ts';
export { sourceParts, type SourcePart } from './source/source-parts.ts';
export { changedTracked, verify } from './source/verify-script.ts';
