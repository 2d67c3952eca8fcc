import type { Outcome, Standing } from '../run/outcome.ts';
import { byWhat, hostsText, whereText } from './hosts-text.ts';
import { plain } from './plain.ts';
import { pad, textWidth } from './width.ts';
import { shortCommit } from './words.ts';

/** Whether every release host shows the release that the run was about. */
export const isOnNew = ({ standings, release }: Outcome): boolean => {
  const all = Object.values(standings);
  return all.length > 0 && all.every((each) => each.kind === 'release' && each.id === release);
};

/** Where the release hosts stand: one sentence when they agree, else one line for each answer. */
export const standingLines = (outcome: Outcome): readonly string[] => {
  const groups = byWhat(described(outcome));
  const [only] = groups;
  if (only === undefined) return [];
  if (groups.length === 1)
    return [`Every release host: ${only[0]}${only[1].length > 1 ? '' : ` (${hostsText(only[1])})`}.`];
  const names = groups.map(([, hosts]) => hostsText(hosts));
  const widest = Math.max(...names.map(textWidth));
  return groups.map(([what], index) => `  ${pad(names[index] ?? '', widest)}  ${what}`);
};

/** The same for the middle of a sentence: `live: X on all 3 hosts`. */
export const standingsInOneSentence = (outcome: Outcome): string => `live: ${whereText(described(outcome))}`;

const described = (outcome: Outcome): readonly (readonly [host: string, what: string])[] =>
  Object.entries(outcome.standings).map(([host, standing]) => [host, standingText(standing, outcome)]);

const standingText = (standing: Standing, { release }: Outcome): string => {
  switch (standing.kind) {
    case 'release': {
      const commit = standing.commit === undefined ? '' : ` (${shortCommit(standing.commit)})`;
      return `${standing.id}${commit}${standing.id === release ? ', the release of this run' : ''}`;
    }
    case 'absent':
      return 'no release is live';
    case 'unknown':
      return `unknown: ${plain(standing.why)}`;
    case 'other':
      return plain(standing.what);
  }
};
