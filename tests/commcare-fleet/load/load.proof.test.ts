import { expect, test } from '@jest/globals';
import { describeFleet } from '../../fleet/describe.ts';
import { prove } from './proof.ts';
import { tableOf } from './table.ts';
import { objections } from './verdict.ts';

describeFleet('namespaces', 'a deploy that nobody notices', () => {
  test('no request fails, no write is lost, every task is done once; the ancestor is noticed', async () => {
    const found = await prove((line) => process.stderr.write(`${line}\n`));
    process.stderr.write(`${tableOf(found)}\n`);
    expect(objections(found)).toEqual([]);
  }, 3_600_000);
});
