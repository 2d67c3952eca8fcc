import type { Problem } from '../model/problem.ts';
import { ok, type Result } from '../model/result.ts';
import type { HostSurvey, Survey } from '../model/survey.ts';
import type { Task } from '../model/task.ts';
import type { Integrity } from '../plan/make-plan.ts';
import { releaseHostsOf } from '../plan/release-hosts.ts';
import { rollbackTarget } from '../plan/rollback.ts';
import { resumeFrom } from '../plan/target.ts';
import { asSettled } from '../plan/unfinished.ts';
import type { Loaded } from './load.ts';
import { chooseSource, liveCommit, shipmentOf, wayBack, type ChosenSource } from './source.ts';

interface Looked {
  readonly found: Survey;
  readonly integrity: Integrity | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: ((line: string) => void) | undefined;
}

/** Only a new release needs code; a resumed one has its commit already, and a rollback only shows what it undoes. */
export const sourceFor = async (
  { settings, environment: { inventory } }: Loaded,
  {
    task,
    params,
    chosen,
  }: {
    readonly task: Task;
    readonly params: Readonly<Record<string, unknown>>;
    readonly chosen?: { readonly commit: string; readonly ref: string };
  },
  { found, integrity, signal, onProgress }: Looked,
): Promise<Result<ChosenSource | undefined, readonly Problem[]>> => {
  const question = {
    url: settings['code_repo'] as string | undefined,
    branch: params['branch'] as string | undefined,
    survey: { ...found, hosts: asSettled(found.hosts) },
    signal,
  };
  if (task.release.kind === 'previous') {
    const hosts = releaseHostsOf({ task, inventory, survey: question.survey });
    const target = (params['to'] as string | undefined) ?? rollbackTarget(hosts, integrity?.damages);
    const record = recordOf(hosts, target);
    return ok(record === undefined ? undefined : await wayBack({ ...question, ...record }));
  }
  if (task.release.kind !== 'new') return ok(undefined);
  const resume = params['resume'] as boolean | string | undefined;
  if (resume !== undefined && resume !== false) {
    const release = resumeFrom(task.name, resume, found.hosts);
    if (release?.commit === undefined) return ok(undefined);
    const shipment = await shipmentOf({ ...question, commit: release.commit, branch: release.ref });
    return ok({ commit: release.commit, ref: release.ref ?? release.commit, shipment });
  }
  onProgress?.('looking at the code …');
  if (chosen !== undefined) return chooseSource({ ...question, commit: chosen.commit, shownAs: chosen.ref });
  if (task.release.commit !== 'live')
    return chooseSource({ ...question, commit: params['commit'] as string | undefined });
  const live = liveCommit(question.survey);
  // Where none is live, a rule of the plan says so.
  return live === undefined ? ok(undefined) : chooseSource({ ...question, commit: live });
};

const recordOf = (hosts: readonly HostSurvey[], release: string | undefined) =>
  hosts
    .flatMap(({ releases }) => releases.filter(({ name }) => name === release))
    .flatMap(({ record }) => (record?.commit ? [{ commit: record.commit, ref: record.ref ?? undefined }] : []))[0];
