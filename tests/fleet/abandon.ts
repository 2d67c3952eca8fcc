// Run by fleet.slow.test.ts in a process of its own: starts a fleet and dies without a chance to clean up.
import { writeSync } from 'node:fs';
import { startFleet } from './index.ts';

const kind = process.argv.at(-1) === 'namespaces' ? 'namespaces' : 'loopback';
const fleet = await startFleet({ kind, hosts: 2 });
await fleet.hosts[0]?.exec('nohup sleep 600 >/dev/null 2>&1 &');
writeSync(1, fleet.folder);
process.kill(process.pid, 'SIGKILL');
