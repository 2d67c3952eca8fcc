import type { HostSurvey } from '../model/survey.ts';
import type { HeldState } from './keeper/held-state.ts';
import type { Locked } from './locks.ts';
import { ownerSentence } from './owner.ts';
import { surveyOf, type RunState } from './state.ts';

/**
 * Between survey and lock somebody may have published, cleaned, or gone on with the release that is to be
 * resumed: what was planned is then no longer true. A run that held the lock while the host was looked at
 * shows by its lock, one that took it since by its number; the rest was done by hand, or by a task without
 * the fleet's lock.
 */
export const changedMeanwhile = (state: RunState): Extract<Locked, { kind: 'changed' }> | undefined => {
  const hosts = [...state.found]
    .filter(([host, found]) => differs(found, surveyOf(state, host)))
    .map(([host]) => host)
    .sort();
  const [first] = hosts;
  return first === undefined
    ? undefined
    : { kind: 'changed', hosts, by: ownerSentence(surveyOf(state, first).owner ?? '') };
};

const differs = (found: HeldState, { lockHeld, epoch, current, txn, releases, strays }: HostSurvey): boolean =>
  lockHeld ||
  found.epoch !== epoch ||
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
