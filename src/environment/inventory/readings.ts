import type { Inventory } from '../../model/inventory.ts';
import type { Problem } from '../../model/problem.ts';

/** What reading a part of an environment came to; value, problems and notices side by side. */
export interface Reading<Value> {
  readonly value: Value;
  readonly problems: readonly Problem[];
  /** What a person should know but need not act on, one sentence each. */
  readonly notices: readonly string[];
}
export type InventoryReading = Reading<Inventory>;

/** Defaults that `public.yml` holds for hosts whose inventory says nothing of its own. */
export interface LoginDefaults {
  readonly user?: string;
  readonly sshArguments: readonly string[];
}
