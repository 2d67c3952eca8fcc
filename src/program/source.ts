import { problem, type Problem } from '../model/problem.ts';
import { fail, ok, type Result } from '../model/result.ts';
import type { Shipment } from '../model/shipment.ts';
import type { Survey } from '../model/survey.ts';
import { openRepository, type Repository } from '../source/repository.ts';

/** What a new release will hold: chosen once, on the controller, and deployed by its hash. */
export interface ChosenSource {
  readonly commit: string;
  readonly ref: string;
  readonly shipment: Shipment | undefined;
}

export interface SourceQuestion {
  readonly url: string | undefined;
  readonly branch: string | undefined;
  readonly commit: string | undefined;
  readonly survey: Survey;
  readonly signal: AbortSignal;
  /** The ref that a commit was chosen by earlier, where it is not chosen now. */
  readonly shownAs?: string;
  readonly onProgress?: (line: string) => void;
}

/** Opens the repository, resolves the ref to one commit, and sees what it would ship. */
export const chooseSource = async (question: SourceQuestion): Promise<Result<ChosenSource, readonly Problem[]>> => {
  const { url, branch, commit, shownAs } = question;
  if (url === undefined)
    return fail([
      problem('The setting code_repo is missing, so there is no code to deploy.', {
        hint: 'write it into fab-settings.yml: code_repo: git@host:you/app.git',
      }),
    ]);
  const opened = await open({ ...question, url });
  if (!opened.ok) return opened;
  const resolved = await opened.value.resolve(commit ?? branch ?? 'HEAD');
  if (!resolved.ok) return fail([problem(resolved.failure)]);
  const { commit: hash, ref } = resolved.value;
  const unfit = await unfitness(opened.value, hash);
  if (unfit.length > 0) return fail(unfit);
  return ok({
    commit: hash,
    ref: shownAs ?? (commit === undefined ? ref : (branch ?? ref)),
    shipment: await opened.value.shipment(liveCommit(question.survey), hash, shownAs ?? ref),
  });
};

/** What in a commit no release can hold. */
const unfitness = async (repository: Repository, commit: string): Promise<readonly Problem[]> => {
  const names = await repository.ownNames(commit);
  return [
    ...(names.length > 0
      ? [
          problem(
            `The commit ${commit.slice(0, 10)} tracks ${names.join(', ')}, names that are the tool's own in a release.`,
            { hint: 'take them out of the repository' },
          ),
        ]
      : []),
    ...((await repository.usesLfs(commit))
      ? [problem('The code keeps files in git-lfs (filter=lfs in .gitattributes), which is not supported yet.')]
      : []),
  ];
};

/** What a resumed release would ship; a repository that cannot be reached does not stop a resume. */
export const shipmentOf = async (
  question: SourceQuestion & { readonly commit: string },
): Promise<Shipment | undefined> => {
  const { url, commit } = question;
  if (url === undefined) return undefined;
  const opened = await open({ ...question, url });
  if (!opened.ok || !(await opened.value.obtain(commit))) return undefined;
  return opened.value.shipment(liveCommit(question.survey), commit, question.branch ?? commit);
};

/** Who goes back in a hurry does not wait for a code server that is down. */
const patience = 20_000;

/** What a rollback to a commit undoes; without its shipment when no clone of the code can be had in time. */
export const wayBack = async (
  question: Omit<SourceQuestion, 'branch'> & { readonly commit: string; readonly ref: string | undefined },
): Promise<ChosenSource> => {
  const { commit, ref = commit, signal } = question;
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  try {
    return { commit, ref, shipment: await shipmentOf({ ...question, branch: ref, signal: inTime }) };
  } catch {
    signal.throwIfAborted();
    return { commit, ref, shipment: undefined };
  }
};

const open = async ({
  url,
  signal,
  onProgress,
}: SourceQuestion & { readonly url: string }): Promise<Result<Repository, readonly Problem[]>> => {
  try {
    return ok(await openRepository({ url, signal, ...(onProgress === undefined ? {} : { onProgress }) }));
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return fail([problem((thrown as Error).message, { hint: 'code_repo in fab-settings.yml names it' })]);
  }
};

/** The commit that is live on most hosts; what they have in common is what a person compares with. */
export const liveCommit = ({ hosts }: Survey): string | undefined => {
  const commits = hosts.flatMap(({ current, releases }) => {
    const record = current.kind === 'release' ? releases.find(({ name }) => name === current.id)?.record : undefined;
    return record?.commit ? [record.commit] : [];
  });
  const counted = [...new Set(commits)].map((commit) => ({
    commit,
    times: commits.filter((each) => each === commit).length,
  }));
  return counted.sort((a, b) => b.times - a.times)[0]?.commit;
};
