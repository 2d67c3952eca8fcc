import type { ReleaseRecord } from './release-choice.ts';
import type { HostSurvey } from './survey.ts';

type Releases = Pick<HostSurvey, 'releases'>;

/** What a resume goes on with when no release is named: the newest one that a run of this task began. */
export const newestOf = (task: string, hosts: readonly Releases[]): ReleaseRecord | undefined =>
  hosts
    .flatMap(({ releases }) => releases.flatMap(({ record }) => (record?.task === task ? [record] : [])))
    .reduce<ReleaseRecord | undefined>(
      (best, record) => (best === undefined || record.id > best.id ? record : best),
      undefined,
    );

/** What is typed to go on with a release: `deploy --resume`, with its name where a resume would take a newer one. */
export const resumeLine = (task: string, name: string | undefined, hosts: readonly Releases[]): string => {
  const newest = newestOf(task, hosts);
  return name === undefined || newest === undefined || newest.id <= name
    ? `${task} --resume`
    : `${task} --resume ${name}`;
};
