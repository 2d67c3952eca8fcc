/** npm run fleet -- up 3: hosts with real OpenSSH servers, to try things on (docs/fleet.md). */
import { join } from 'node:path';
import { ensureDebianPackages, ensureNodeModules, fleetPackages, root } from './setup.mjs';

ensureNodeModules();
const words = process.argv.slice(2);
if (words[0] === 'up') ensureDebianPackages(fleetPackages);

const { createJiti } = await import('jiti');
const { fleetCommand } = await createJiti(import.meta.url).import('../tests/fleet/command.ts');
process.exitCode = await fleetCommand(words, {
  folder: join(root, '.cache/fleet'),
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
