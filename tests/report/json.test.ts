import { expect, test } from '@jest/globals';
import { json, planJson } from '../../src/report/index.ts';
import { failingRun, sender, shopPlan, startedAt } from './fixtures.ts';

test('each event is one line of JSON', () => {
  const written: string[] = [];
  failingRun(json({ write: (text) => written.push(text) }));
  expect(written.every((text) => text.endsWith('\n') && text.indexOf('\n') === text.length - 1)).toBe(true);
  const events = written.map((text) => JSON.parse(text) as { type: string; plan?: unknown });
  expect(events.map(({ type }) => type).slice(0, 4)).toEqual(['run-started', 'phase', 'step-started', 'host-skipped']);
  expect(events[0]).toEqual({
    at: startedAt,
    type: 'run-started',
    logDirectory: '/var/log/fab/production',
    plan: planJson(shopPlan),
  });
});

test('an event is written as it is', () => {
  const written: string[] = [];
  sender(json({ write: (text) => written.push(text) }))(1, {
    type: 'output',
    step: 'x',
    host: 'web1',
    stream: 'err',
    line: 'a\tb\u001b[31m "c"',
  });
  expect(written).toEqual([
    `{"at":${startedAt + 1000},"type":"output","step":"x","host":"web1","stream":"err","line":"a\\tb\\u001b[31m \\"c\\""}\n`,
  ]);
});
