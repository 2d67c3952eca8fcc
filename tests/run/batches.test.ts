import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { operation } from '../../src/model/operation.ts';
import { count } from '../../src/model/param.ts';
import { noRelease } from '../../src/model/release-choice.ts';
import { role } from '../../src/model/role.ts';
import { task } from '../../src/model/task.ts';
import { LocalFleet } from './local-fleet.ts';

const web = role('web');

describe('batches of an operation’s own making', () => {
  let fleet: LocalFleet;
  beforeEach(() => void (fleet = new LocalFleet({ web: ['a', 'b', 'c', 'd'] })));
  afterEach(() => fleet.close());

  /** Who was at work together, in order. */
  const rounds: string[][] = [];
  beforeEach(() => void rounds.splice(0));

  const looked = operation({
    name: 'web.look',
    roles: [web],
    run: ({ host }) => Promise.resolve(host.name === 'c' ? 'down' : 'up'),
  });
  const restart = (make: (view: { hosts: readonly string[]; size: number; down: readonly string[] }) => string[][]) => {
    let open: string[] | undefined;
    return operation({
      name: 'web.restart',
      roles: [web],
      needs: { looked },
      params: { size: count({ description: 'how many', default: 2 }) },
      batch: {
        words: 'some',
        make: ({ hosts, params, needs }) =>
          make({ hosts, size: params.size, down: hosts.filter((name) => needs.looked.on({ name }) === 'down') }),
      },
      run: async ({ host }) => {
        if (open === undefined) rounds.push((open = []));
        open.push(host.name);
        await new Promise((resolve) => setTimeout(resolve, 30));
        open = undefined;
      },
    });
  };
  const tasked = (step: ReturnType<typeof restart>) =>
    task({ name: 'restart', description: 'r', release: noRelease, steps: [looked, step] });

  test('are made from what is known when the step begins', async () => {
    const step = restart(({ hosts, size, down }) => {
      const rest = hosts.filter((host) => !down.includes(host));
      return [[...down], rest.slice(0, size), rest.slice(size)];
    });
    const { outcome } = await fleet.run(tasked(step), { size: 2 });
    expect(outcome.status).toBe(0);
    expect(rounds).toEqual([['c'], ['a', 'b'], ['d']]);
  });

  test('reach every host, also those that they forget, and none twice or that is none', async () => {
    const { outcome } = await fleet.run(tasked(restart(() => [['b', 'nobody'], []])));
    expect(outcome.status).toBe(0);
    expect(rounds).toEqual([['b'], ['a', 'c', 'd']]);
  });

  test('that cannot be made fail the step, and nobody is touched', async () => {
    const step = restart(() => {
      throw new Error('There is only one left.');
    });
    const { outcome } = await fleet.run(tasked(step));
    expect(outcome.status).toBe(1);
    expect(outcome.failures).toMatchObject([{ step: 'web.restart', failure: { message: 'There is only one left.' } }]);
    expect(rounds).toEqual([]);
  });
});
