// A controller in a process of its own: the library as the command line uses it, over a fleet whose every
// step is a point. `node driver.js ORDER`; points and waiting go over descriptor 3, the outcome to stdout.
import { readSync, writeSync } from 'node:fs';
import { load, plan, ProblemsFound, run, type Loaded, type Problem } from '../../../src/index.ts';
import { pointKey, type Ambush } from '../point.ts';
import { Itinerary, watchedFleet, type Visit } from './points.ts';

/** What to do, as JSON in the first argument. */
export interface Order {
  readonly environments: string;
  readonly environment: string;
  readonly task: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly set: readonly (readonly [string, string])[];
  readonly answers: readonly string[];
  /** Where to stop and wait to be let go; nowhere when undefined. */
  readonly ambush?: Ambush;
  /** Tell every point. */
  readonly list?: boolean;
}

const said = 3;

/** Stops here, whole, until the loop has done its worst. */
const standStill = (): void => {
  writeSync(said, '{"reached":true}\n');
  readSync(said, Buffer.alloc(1));
};

const visitor = ({ ambush, list }: Order): Visit => {
  const wanted = ambush === undefined ? undefined : pointKey(ambush.point);
  return (point, side) => {
    if (list === true && side === 'before') writeSync(said, `${JSON.stringify({ point })}\n`);
    if (side === ambush?.side && pointKey(point) === wanted) standStill();
  };
};

const refuse = (problems: readonly Problem[]): number => {
  process.stdout.write(`${JSON.stringify({ problems })}\n`);
  return 2;
};

const carryOut = async (order: Order, loaded: Loaded): Promise<number> => {
  const itinerary = new Itinerary(visitor(order));
  const watched = { ...loaded, fleet: watchedFleet(loaded.fleet, itinerary) };
  const { signal } = new AbortController();
  const planned = await plan(watched, order.task, order.params, { answers: order.answers, signal });
  if (!planned.ok) return refuse(planned.failure);
  const outcome = await run(planned.value, { observe: (event) => itinerary.observe(event), signal });
  process.stdout.write(`${JSON.stringify({ outcome })}\n`);
  return outcome.status;
};

const main = async (): Promise<number> => {
  const order = JSON.parse(process.argv[2] ?? '') as Order;
  const { environment, environments, set } = order;
  const loaded = await load({ environment, environments, set, fabfile: 'packaged' });
  if (!loaded.ok) return refuse(loaded.failure);
  try {
    return await carryOut(order, loaded.value);
  } catch (thrown) {
    if ((thrown as Error).name === 'ProblemsFound') return refuse((thrown as ProblemsFound).problems);
    throw thrown;
  } finally {
    await loaded.value.close();
  }
};

main().then(
  (status) => process.stdout.write('', () => end(status)),
  (thrown: unknown) => {
    process.stderr.write(`${(thrown as Error).stack ?? String(thrown)}\n`);
    end(70);
  },
);

const end = (status: number): void => {
  // eslint-disable-next-line no-restricted-syntax -- a program of its own, as cli/bin.ts is: what lingers is a timer
  process.exit(status);
};
