import { describe, test } from '@jest/globals';
import { fleetKinds } from './kinds.ts';
import type { FleetKind } from './types.ts';

/**
 * A block of tests on one kind of fleet. Where this machine does not allow that kind they are skipped,
 * saying why; with `FAB_TEST_STRICT=1` that is a failure.
 */
export const describeFleet = (kind: FleetKind, words: string, tests: () => void): void => {
  const found = fleetKinds().find((report) => report.kind === kind);
  if (found?.available === true) return describe(`${words} (${kind})`, tests);
  const title = `${words}: no ${kind} fleet here: ${found?.reason ?? 'unknown kind'}`;
  if (process.env['FAB_TEST_STRICT'] !== '1') return describe.skip(title, tests);
  test(title, () => {
    throw new Error(`${title} (FAB_TEST_STRICT=1)`);
  });
};
