import type { Host } from './host.ts';

/** The hosts of an environment, in inventory order. */
export interface Inventory {
  readonly hosts: readonly Host[];
  /** Group name → host names in inventory order; `all` and `ungrouped` included. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
}
