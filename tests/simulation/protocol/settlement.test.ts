import { describe, expect, test } from '@jest/globals';
import { settlementOf, type PublishRecord } from '../../../src/model/publish-record.ts';
import type { ReleaseId } from '../../../src/model/release.ts';

const record = (more: Partial<PublishRecord>): PublishRecord => ({
  v: 1,
  epoch: 7,
  run: 'this',
  task: 'deploy',
  release: 'new' as ReleaseId,
  commit: null,
  phase: 'prepared',
  participants: { a1: 'releases/old', b2: 'releases/old', c3: 'releases/old' },
  behind: {},
  user: 'ana',
  machine: 'laptop',
  at: '2026-11-20T12:00:00.000Z',
  ...more,
});

const published = record({ phase: 'closed', ended: 'published' });
/** The same run goes back to the old release after a failed step. */
const goingBack = (phase: PublishRecord['phase']): PublishRecord =>
  record({
    release: 'old' as ReleaseId,
    phase,
    participants: { a1: 'releases/new', b2: 'releases/new', c3: 'releases/new' },
  });

const settled = (...records: readonly PublishRecord[]) =>
  settlementOf(records.map((each, at) => ({ host: ['a1', 'b2', 'c3'][at] ?? '', record: each })));

describe('a run that publishes twice', () => {
  test('a way back that was given up leaves the new release', () => {
    expect(settled(published, goingBack('aborted'), goingBack('aborted'))).toEqual({ kind: 'settled' });
    expect(settled(goingBack('aborted'), published, published)).toEqual({ kind: 'settled' });
  });

  test.each([
    ['first', [goingBack('prepared'), published, published], ['a1']],
    ['last', [published, published, goingBack('prepared')], ['c3']],
  ])('a way back that was begun on the %s host only is given up', (_, records, open) => {
    expect(settled(...records)).toMatchObject({ kind: 'abort', record: { release: 'old' }, open, missing: [] });
  });

  test('a way back that was decided is gone', () => {
    expect(settled(goingBack('prepared'), goingBack('decided'), goingBack('prepared'))).toMatchObject({
      kind: 'forward',
      record: { release: 'old' },
      open: ['a1', 'b2', 'c3'],
    });
  });
});

test('whoever gave it up is open again when a later run went forward without it', () => {
  const later = record({ epoch: 8, phase: 'closed', ended: 'published' });
  expect(settled(record({ phase: 'aborted' }), later, later)).toMatchObject({ kind: 'forward', open: ['a1'] });
});
