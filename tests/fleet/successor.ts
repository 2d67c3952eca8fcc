// Run by leftovers.test.ts in a process of its own: starts a fleet after somebody else's was left behind.
import { startFleet } from './index.ts';

const fleet = await startFleet({ kind: 'loopback', hosts: 1 });
await fleet.stop();
