import { expect, test } from '@jest/globals';
import { isWhole } from '../../proof.ts';
import { explore } from './explore.ts';
import { ours, turningBack } from './rules.ts';
import { tableOf } from './table.ts';

test.each([
  { hosts: 2, runs: 3, rules: ours },
  { hosts: 2, runs: 3, rules: turningBack(ours) },
  { hosts: 3, runs: 2, rules: turningBack(ours) },
  { hosts: 4, runs: 2, rules: turningBack(ours) },
  // Fifteen minutes and more: a second settling run is what finds that the first one has spoilt the evidence.
  ...(isWhole ? [{ hosts: 3, runs: 3, rules: turningBack(ours) }] : []),
])(
  '$hosts hosts, $runs runs, $rules.name: whole from everywhere',
  ({ rules, ...bounds }) => {
    const explored = explore(bounds, rules);
    process.stdout.write(tableOf([explored]));
    expect(explored.example).toBeUndefined();
    expect(explored.states).toBeGreaterThan(50_000);
  },
  3_600_000,
);
