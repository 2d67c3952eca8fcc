import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { variants } from '../../run/keeper/process.ts';
import { shells } from '../../shells.ts';
import { share } from '../../proof.ts';
import { watchedEngine } from './engine.ts';
import { keeperPublisher, planted, plantedPublisher } from './publishers.ts';
import { violations } from './reader.ts';
import { watched } from './stage.ts';
import { tableOf, type Row } from './table.ts';

jest.setTimeout(400_000);

const rows: Row[] = [];
afterAll(() => void process.stderr.write(`reader\n${tableOf(rows)}\n`));

const wholeRun = { cycles: share(1000), reads: share(1_000_000) };
const ofTheEngine = share(100);
const none = { missing: 0, dangling: 0, mixed: 0 };
const busybox = shells.find(({ name }) => name === 'busybox sh');

describe(`${wholeRun.cycles} deploy, rollback and clean cycles under the eyes of a reader`, () => {
  test(`${ofTheEngine} of the whole engine, a reader on every host`, async () => {
    rows.push(await watchedEngine('the engine', { cycles: ofTheEngine, hosts: ['web1', 'web2'] }));
    expect(rows.at(-1)).toMatchObject({ cycles: ofTheEngine, ...none });
  });

  (busybox === undefined ? test.skip : test)('the engine on a host whose userland is busybox', async () => {
    rows.push(await watchedEngine('the engine, busybox userland', { cycles: 10, hosts: ['web1'], shell: busybox! }));
    expect(rows.at(-1)).toMatchObject({ cycles: 10, ...none });
  });

  // Those in sh fork and sync for every word and get some seconds each; perl does what is left.
  test.each([...variants].reverse())('the keeper in $name', async (variant) => {
    const isLast = variant === variants[0];
    const left = wholeRun.cycles - rows.reduce((sum, { cycles }) => sum + cycles, 0);
    rows.push(
      await watched((root) => keeperPublisher(variant, root), {
        cycles: isLast ? Math.max(share(100), left) : 200,
        seconds: isLast ? 90 : 8,
        ...(variant.shell?.path === undefined ? {} : { shell: variant.shell }),
      }),
    );
    expect(rows.at(-1)).toMatchObject(none);
    expect(rows.at(-1)?.cycles).toBeGreaterThan(0);
  });

  test(`that was ${wholeRun.cycles} cycles and ${wholeRun.reads} reads`, () => {
    expect(rows.reduce((sum, { cycles }) => sum + cycles, 0)).toBeGreaterThanOrEqual(wholeRun.cycles);
    expect(rows.reduce((sum, { reads }) => sum + reads, 0)).toBeGreaterThanOrEqual(wholeRun.reads);
  });
});

describe('the same reader, the same cycles, publishers that are wrong', () => {
  const wrong = [planted.remove, planted.early, planted.inPlace].flatMap((plant) =>
    shells.filter(({ name }) => name !== 'bash').map((shell) => ({ plant, shell })),
  );
  test.each([...wrong, ...(busybox === undefined ? [] : [{ plant: planted.force, shell: busybox }])])(
    '$plant.name in $shell.name is caught',
    async ({ plant, shell }) => {
      const row = await watched(async (root) => plantedPublisher(plant, root, shell), { cycles: 100, seconds: 4 });
      rows.push(row);
      expect(violations(row)).toBeGreaterThan(0);
    },
  );
});
