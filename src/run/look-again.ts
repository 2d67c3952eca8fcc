import type { HostSurvey } from '../model/survey.ts';
import { askAll, textOf } from './keeper/ask-all.ts';
import { readHeldState, type HeldState } from './keeper/held-state.ts';
import type { Locked, Refused } from './locks.ts';
import { surveyOf, type RunState } from './state.ts';

/** Between survey and lock somebody may have published, or cleaned: what was planned is then no longer true. */
export const lookAgain = async (
  state: RunState,
): Promise<Refused | Extract<Locked, { kind: 'changed' }> | undefined> => {
  const answers = await askAll(state.keepers, [...state.keepers.keys()], () => ['state']);
  for (const [host, answer] of answers) {
    if (answer?.ok !== true) return { kind: 'failed', host, sentence: `${host} cannot be read: ${textOf(answer)}.` };
    state.found.set(host, readHeldState(answer.text));
  }
  const hosts = [...state.found].filter(([host, found]) => differs(found, surveyOf(state, host))).map(([host]) => host);
  return hosts.length === 0 ? undefined : { kind: 'changed', hosts };
};

const differs = (found: HeldState, { current, txn, releases, strays }: HostSurvey): boolean =>
  !sameCurrent(found.current, current) ||
  JSON.stringify(found.txn) !== JSON.stringify(txn) ||
  found.releases.filter((name) => !strays.includes(name)).join(' ') !==
    releases
      .map(({ name }) => name)
      .filter((name) => /^\d\S*$/.test(name))
      .join(' ');

const sameCurrent = (first: string, current: HostSurvey['current']): boolean => {
  switch (current.kind) {
    case 'absent':
      return first === 'absent';
    case 'not-a-link':
      return first === 'real';
    case 'foreign':
      return first === `link ${current.target}`;
    case 'release':
      return first.startsWith('link ') && first.endsWith(`releases/${current.id}`);
  }
};
