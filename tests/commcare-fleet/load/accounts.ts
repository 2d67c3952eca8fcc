import { until } from '../../end-to-end/world.ts';
import type { CommcareWorld } from '../fleet/world.ts';
import type { Tally } from './client.ts';

/** What became of everything that a client was told is safe, as PostgreSQL has it. */
export interface Accounts {
  readonly acknowledged: number;
  /** Acknowledged, and not there. */
  readonly lost: readonly string[];
  readonly rows: number;
  readonly queued: number;
  readonly processed: number;
  /** Tasks whose work was done more than once: each with its workers and moments. */
  readonly twice: readonly string[];
  /** Tasks that were delivered again and found their work done: a broker promises no less than once. */
  readonly foundDone: number;
  /** Tasks that began and never ended. */
  readonly unended: number;
  readonly exportsBegun: number;
  readonly exportsDone: number;
  /** Requests that were begun and never answered, as the application remembers it. */
  readonly cutOff: readonly string[];
}

const forms = 'form_processor_xforminstance';
const runs = 'form_processor_taskrun';

const doneTwice = `SELECT task, subject, string_agg(concat_ws(' ', worker, release, started_on, ended_on), ' / ')
FROM ${runs} WHERE NOT found_done GROUP BY task, subject HAVING count(*) > 1`.replaceAll('\n', ' ');

/** Waits until the queues are empty, then counts. */
export const settleAccounts = async (world: CommcareWorld, { written, exported }: Tally): Promise<Accounts> => {
  const count = async (query: string): Promise<number> => Number(await world.sql(`SELECT count(*) FROM ${query}`));
  const exportsDone = () => count(`${runs} WHERE task = 'export_forms' AND ended_on IS NOT NULL`);
  const quiet = async (): Promise<boolean> =>
    (await count(`${forms} WHERE processed_on IS NULL`)) === 0 &&
    (await count(`${runs} WHERE ended_on IS NULL`)) === 0 &&
    (await exportsDone()) >= exported.length;
  // What does not come to rest is counted as it stands.
  await until(quiet, 180, 'every task is done').catch(() => undefined);
  const ids = new Set((await world.sql(`SELECT form_id FROM ${forms}`)).split('\n'));
  return {
    acknowledged: written.size,
    lost: [...written].filter((id) => !ids.has(id)),
    rows: await count(forms),
    queued: await count(`${forms} WHERE queued_on IS NOT NULL`),
    processed: await count(`${forms} WHERE processed_on IS NOT NULL`),
    twice: (await world.sql(doneTwice)).split('\n').filter((line) => line !== ''),
    foundDone: await count(`${runs} WHERE found_done`),
    unended: await count(`${runs} WHERE ended_on IS NULL`),
    exportsBegun: exported.length,
    exportsDone: await exportsDone(),
    cutOff: (await (await fetch(new URL('/in-flight', world.fleet.url))).text())
      .split('\n')
      .filter((line) => line !== '' && !line.endsWith(' GET /in-flight')),
  };
};
