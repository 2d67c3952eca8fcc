import fc from 'fast-check';
import { told, type Event } from './events.ts';

/** `FAB_SEED` and `FAB_PATH`, as a failure prints them, repeat it. */
const given = {
  seed: process.env['FAB_SEED'] === undefined ? undefined : Number(process.env['FAB_SEED']),
  path: process.env['FAB_PATH'],
};

/** Runs a property and, when it fails, says in one line how to see it again. */
export const checkLives = async (
  property: fc.IAsyncProperty<[readonly Event[]]> | fc.IProperty<[readonly Event[]]>,
  { lives: numRuns, shrink, repeat }: { readonly lives: number; readonly shrink: boolean; readonly repeat: string },
): Promise<number> => {
  const seed = given.seed ?? Date.now() % 0x7fffffff;
  const details = await fc.check(property, {
    seed,
    numRuns,
    endOnFailure: !shrink,
    ...(given.path === undefined ? {} : { path: given.path }),
  });
  if (!details.failed) return seed;
  const { counterexample, counterexamplePath, errorInstance } = details;
  throw new Error(
    `${errorInstance instanceof Error ? errorInstance.message : String(errorInstance)}
after
${told(counterexample?.[0] ?? [])}
repeat: FAB_SEED=${seed} FAB_PATH=${counterexamplePath?.split(':')[0] ?? ''} ${repeat}`,
  );
};
