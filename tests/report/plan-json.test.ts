import { expect, test } from '@jest/globals';
import { Secret } from '../../src/model/secret.ts';
import { planJson } from '../../src/report/index.ts';
import { newCommit, newId, oldId, planned, planOf, shopPlan, step } from './fixtures.ts';

test('a plan as one object: no functions, no secrets, groups kept', () => {
  const plan = planOf(
    ['web1', 'db1'],
    [
      step('release.create', ['web1'], { done: { web1: null } }),
      {
        kind: 'when',
        decidedBy: 'db.pending',
        because: 'it is night',
        is: () => true,
        nodes: [
          {
            kind: 'during',
            stop: planned('web.stop', ['web1'], { conditions: ['it is night'] }),
            start: async () => undefined,
            words: { from: 'stopped from here', again: 'start again' },
            nodes: [{ kind: 'parallel', steps: [planned('a', ['web1']), planned('b', ['db1'])] }],
          },
        ],
      },
    ],
    { params: { token: new Secret('hunter2'), keep: 3 }, releaseHosts: ['web1'] },
  );
  const simple = { conditions: [], done: [], batch: null, durable: false };
  const host = {
    root: '/home/shop/www/production',
    current: { kind: 'release', id: oldId, exists: true },
  };
  expect(planJson(plan)).toEqual({
    task: 'deploy',
    environment: 'production',
    id: newId,
    release: { id: newId, commit: newCommit, ref: 'master' },
    resumed: false,
    startedAt: '2026-11-20T14:05:33.000Z',
    hosts: [
      { host: 'web1', ...host },
      { host: 'db1', ...host },
    ],
    releaseHosts: ['web1'],
    leftOut: [],
    params: { token: '«secret»', keep: 3 },
    steps: [
      { kind: 'step', ...simple, id: 'release.create', hosts: ['web1'], done: ['web1'] },
      {
        kind: 'when',
        decidedBy: 'db.pending',
        because: 'it is night',
        steps: [
          {
            kind: 'during',
            stop: { ...simple, id: 'web.stop', hosts: ['web1'], conditions: ['it is night'] },
            steps: [
              {
                kind: 'parallel',
                steps: [
                  { ...simple, id: 'a', hosts: ['web1'] },
                  { ...simple, id: 'b', hosts: ['db1'] },
                ],
              },
            ],
          },
        ],
      },
    ],
    shipment: null,
    retention: null,
    guards: [],
    notices: [],
    owed: [],
  });
});

test('guards name their flags', () => {
  expect(planJson(shopPlan)).toMatchObject({
    guards: [
      { name: 'branch', flag: '--other-branch', question: 'Deploy fix/yen instead?' },
      { name: 'confirmation', flag: '--yes' },
    ],
    steps: expect.arrayContaining([
      expect.objectContaining({
        kind: 'per-host',
        steps: expect.arrayContaining([expect.objectContaining({ id: 'web.restart', batch: 1 })]),
      }),
    ]),
  });
});
