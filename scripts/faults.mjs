/** npm run faults: breaks deploys at every point in every way and judges what is left (tests/faults/). */
import { ensureDebianPackages, ensureNodeModules, testPackages } from './setup.mjs';

ensureNodeModules();
ensureDebianPackages(testPackages);

// Leaving in the ordinary way takes the fleets along.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

const { createJiti } = await import('jiti');
const { faultsCommand } = await createJiti(import.meta.url).import('../tests/faults/command.ts');
process.exitCode = await faultsCommand(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
