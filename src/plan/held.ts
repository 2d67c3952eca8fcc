import { problem, type Problem } from '../model/problem.ts';
import type { HostSurvey } from '../model/survey.ts';

/**
 * A release that was held ready is published only over what was live when it was made ready: whoever
 * published meanwhile did not know of it, and it knows nothing of what they did.
 */
export const movedSinceHeld = (hosts: readonly HostSurvey[], release: string): readonly Problem[] => {
  const moved = hosts.flatMap((host) => {
    const heldOver = host.releases.find(({ name }) => name === release)?.record?.heldOver;
    const now = words(host);
    return heldOver === undefined || relative(heldOver) === now || isOn(host, release)
      ? []
      : [`${host.host} (${spoken(heldOver)} then, ${spoken(now)} now)`];
  });
  return moved.length === 0
    ? []
    : [
        problem(`current has moved since ${release} was held ready: ${moved.join(', ')}.`, {
          hint: 'deploy again: a new release is built over what is live now',
        }),
      ];
};

const isOn = ({ current }: HostSurvey, release: string): boolean =>
  current.kind === 'release' && current.id === release;

/** As a keeper says it, and as a record has it. */
const words = ({ current }: HostSurvey): string => {
  switch (current.kind) {
    case 'absent':
      return 'absent';
    case 'not-a-link':
      return 'real';
    case 'foreign':
      return `link ${current.target}`;
    case 'release':
      return `link releases/${current.id}`;
  }
};

/** The ancestor's links are absolute. */
const relative = (said: string): string => said.replace(/^link \/.*\/(releases\/[^/]+)\/?$/, 'link $1');

const spoken = (said: string): string =>
  said === 'absent' ? 'nothing' : said === 'real' ? 'a real directory' : said.replace(/^link (releases\/)?/, '');
