import { resumeLine, type HostSurvey, type Survey } from '../../api.ts';

type Release = Pick<HostSurvey['releases'][number], 'name' | 'record'>;

/**
 * What goes on with a release: `deploy --resume`, with its name where a resume would take a newer one;
 * undefined where its task publishes nothing, so that there is nothing to go on with.
 */
export const resumeWords = (survey: Survey, release: Release): string | undefined => {
  const { task = 'deploy', params = {} } = release.record ?? {};
  // Every task that publishes has this one, given or not.
  const isPrivate = Object.keys(params).length > 0 && !('when_unreachable' in params);
  return isPrivate ? undefined : resumeLine(task, release.name, survey.hosts);
};

/** Begun to be held: a resume without the flag publishes it. */
export const holdFlag = ({ record }: Release): string => (record?.params['hold'] === true ? ' --hold' : '');
