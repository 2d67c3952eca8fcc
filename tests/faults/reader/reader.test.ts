import { afterAll, describe, expect, test } from '@jest/globals';
import { variants } from '../../run/keeper/process.ts';
import { shells } from '../../shells.ts';
import { keeperPublisher, planted, plantedPublisher } from './publishers.ts';
import { violations } from './reader.ts';
import { watched } from './stage.ts';
import { tableOf, type Row } from './table.ts';

const rows: Row[] = [];
afterAll(() => void process.stderr.write(`reader\n${tableOf(rows)}\n`));

const busybox = shells.find(({ name }) => name === 'busybox sh');
/** As far as they come in two seconds: the long run is in reader.slow.test.ts. */
const quick = { cycles: 12, seconds: 2 };

describe('a reader never sees a missing, dangling or mixed tree', () => {
  test.each(variants)('while the keeper in $name publishes', async (variant) => {
    // On a host with busybox alone, the reader is one of its shell, too.
    const row = await watched((root) => keeperPublisher(variant, root), {
      ...quick,
      ...(variant.shell?.path === undefined ? {} : { shell: variant.shell }),
    });
    rows.push(row);
    expect(row).toMatchObject({ missing: 0, dangling: 0, mixed: 0 });
    expect(row.cycles).toBeGreaterThan(0);
    expect(row.reads).toBeGreaterThan(100);
  });
});

describe('the same reader catches a publisher that is wrong', () => {
  const caught = async (row: Promise<Row>): Promise<Row> => {
    const seen = await row;
    rows.push(seen);
    expect(violations(seen)).toBeGreaterThan(0);
    return seen;
  };

  test.each(shells)('rm; ln -s in $name', async (shell) => {
    const row = await caught(watched(async (root) => plantedPublisher(planted.remove, root, shell), quick));
    expect(row.missing).toBeGreaterThan(0);
  });
  test('the link before the tree', async () => {
    const row = await caught(watched(async (root) => plantedPublisher(planted.early, root, shells[0]!), quick));
    expect(row.dangling).toBeGreaterThan(0);
  });
  test('copied over what is live', async () => {
    const row = await caught(watched(async (root) => plantedPublisher(planted.inPlace, root, shells[0]!), quick));
    expect(row.mixed).toBeGreaterThan(0);
  });
  (busybox === undefined ? test.skip : test)('ln -sfn of busybox, seen by a reader in its shell', async () => {
    const row = await caught(
      watched(async (root) => plantedPublisher(planted.force, root, busybox!), {
        ...quick,
        cycles: 100,
        shell: busybox!,
      }),
    );
    expect(row.missing).toBeGreaterThan(0);
  });
});
