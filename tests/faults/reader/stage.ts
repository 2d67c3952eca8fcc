import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Shell } from '../../shells.ts';
import { Cycles } from './cycles.ts';
import type { Publisher } from './publishers.ts';
import { Reader } from './reader.ts';
import type { Row } from './table.ts';

/** Watches a publisher for some cycles on a root of its own, with one reader (in perl unless a shell is named). */
export const watched = async (
  start: (root: string) => Promise<Publisher>,
  { cycles, seconds = 60, shell }: { readonly cycles: number; readonly seconds?: number; readonly shell?: Shell },
): Promise<Row> => {
  const folder = mkdtempSync(join(tmpdir(), 'fab-reader-'));
  try {
    const stage = new Cycles(folder);
    const publisher = await start(folder);
    const reader = await Reader.on(folder, shell);
    try {
      const done = await stage.run(publisher, [reader], cycles, Date.now() + seconds * 1000);
      return { publisher: publisher.name, cycles: done, ...(await reader.stop()) };
    } finally {
      reader.kill();
      await publisher.end();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
