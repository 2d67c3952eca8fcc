import type { HostSurvey } from '../model/survey.ts';
import type { Plan } from '../plan/plan.ts';
import { whereText } from './hosts-text.ts';
import { plain } from './plain.ts';
import { shortCommit } from './words.ts';

/** The first lines of a plan: what, where, which release, and what is live now. */
export const planHeader = (plan: Plan): readonly string[] => {
  const live = liveNow(plan);
  return [
    `${plan.task.name} on ${plan.environment}${releaseWords(plan)}`,
    ...(live.length === 0 ? [] : [`live now: ${whereText(live)}`]),
    ...(plan.resumed ? ['resumed: what is done already is not done again'] : []),
    ...plan.leftOut.map(({ host, sentence }) => `left out: ${host} (${plain(sentence).replace(/\.$/, '')})`),
  ];
};

const releaseWords = ({ release }: Plan): string => {
  if (release === undefined) return '';
  const commit = release.commit === undefined ? '' : `, commit ${shortCommit(release.commit)}`;
  const ref = release.ref === undefined ? '' : ` (${plain(release.ref)})`;
  return `: release ${release.id}${commit}${ref}`;
};

/** Hosts that a task only passes through have a `current` that it says nothing about. */
const liveNow = (plan: Plan): readonly (readonly [host: string, what: string])[] => {
  if (plan.release === undefined) return [];
  const release = new Set(plan.releaseHosts);
  const asked = plan.hosts.filter(({ host, current }) =>
    release.size === 0 ? current.kind !== 'absent' : release.has(host),
  );
  return asked.map((host) => [host.host, currentText(host)]);
};

/** What `current` is on a host, in a few words. */
export const currentText = ({ current, releases }: HostSurvey): string => {
  switch (current.kind) {
    case 'absent':
      return 'nothing';
    case 'not-a-link':
      return 'a real directory';
    case 'foreign':
      return `a link to ${plain(current.target)}`;
    case 'release': {
      if (!current.exists) return `${current.id} (missing)`;
      const commit = releases.find(({ name }) => name === current.id)?.record?.commit;
      return commit === undefined || commit === null ? current.id : `${current.id} (${shortCommit(commit)})`;
    }
  }
};
