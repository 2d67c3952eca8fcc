import { describe, expect, test } from '@jest/globals';
import { explore } from './explore.ts';
import { ours, wrong } from './rules.ts';
import { tableOf } from './table.ts';

/**
 * Every state that a publish can be in: a word that is on its way is done, refused, done and badly
 * answered, or lost; a keeper ends or is not heard; a run is killed or goes on as another has begun;
 * the next one reaches any set of hosts and is killed in its turn. After each of these states a run
 * that reaches all hosts must end whole, and as it was promised.
 */
describe('the protocol', () => {
  test.each([2, 3])('%i hosts: whole from everywhere', (hosts) => {
    const explored = explore({ hosts, runs: 2 }, ours);
    process.stdout.write(tableOf([explored]));
    expect(explored.example).toBeUndefined();
    expect(explored.states).toBeGreaterThan(5000);
  });
});

describe('the explorer finds what is wrong', () => {
  test.each(wrong)('$rules.name', ({ runs, rules }) => {
    const explored = explore({ hosts: 3, runs, untilFirst: true }, rules);
    process.stdout.write(tableOf([explored]));
    expect(explored.example).toMatch(/=> .*(split|promised|some have renamed|said|before the decision)/);
  });
});
