import { expect, test } from '@jest/globals';
import { trace } from '../../src/report/trace.ts';
import { planOf } from './fixtures.ts';

interface Written {
  readonly traceEvents: readonly {
    readonly name: string;
    readonly ph: string;
    readonly tid: number;
    readonly ts?: number;
    readonly dur?: number;
    readonly args: Readonly<Record<string, string>>;
  }[];
}

test('every stretch of time is a span of its host or of the controller', () => {
  const { observe, span, text } = trace();
  span('look at the hosts', 1000, 1200);
  observe({ type: 'run-started', at: 1200, plan: planOf(['web1', 'web2'], []), logDirectory: '/tmp/x' });
  observe({ type: 'phase', at: 1200, name: 'lock', detail: '2 hosts' });
  observe({ type: 'step-started', at: 1250, step: 'app.build', hosts: ['web1', 'web2'] });
  for (const host of ['web1', 'web2']) observe({ type: 'host-started', at: 1250, step: 'app.build', host });
  observe({ type: 'command-started', at: 1251, step: 'app.build', host: 'web2', command: 'npm ci' });
  observe({ type: 'host-succeeded', at: 1300, step: 'app.build', host: 'web1', seconds: 0.05, result: null });
  observe({
    ...{ type: 'host-failed', at: 1450.5, step: 'app.build', host: 'web2', seconds: 0.2 },
    failure: { reason: 'cancelled' },
  });
  observe({ type: 'step-finished', at: 1451, step: 'app.build', seconds: 0.201, ok: false });

  const { traceEvents } = JSON.parse(text()) as Written;
  const rows = traceEvents.filter(({ ph }) => ph === 'M').map(({ args }) => args['name']);
  expect(rows).toEqual(['controller', 'steps', 'web1', 'web2']);
  expect(
    traceEvents.filter(({ ph }) => ph === 'X').map(({ name, tid, ts, dur, args }) => [rows[tid], name, ts, dur, args]),
  ).toEqual([
    ['controller', 'look at the hosts', 0, 200_000, {}],
    ['controller', 'lock', 200_000, 50_000, { on: '2 hosts' }],
    ['web1', 'app.build', 250_000, 50_000, {}],
    ['web2', 'app.build', 250_000, 200_500, { commands: 'npm ci', failed: 'cancelled' }],
    ['steps', 'app.build', 250_000, 201_000, { failed: 'yes' }],
  ]);
});
