/** npm run faults: breaks deploys at every point in every way and judges what is left (tests/faults/). */
import { ensureDebianPackages, ensureNodeModules, ensureShipit, testPackages } from './setup.mjs';

const argv = process.argv.slice(2);
ensureNodeModules();
const { createJiti } = await import('jiti');
const { faultsCommand, toolsIn } = await createJiti(import.meta.url).import('../tests/faults/command.ts');
const tools = toolsIn(argv);

ensureDebianPackages({
  ...testPackages,
  ...(tools.includes('capistrano') ? { capistrano: 'the control group: the same faults, another tool' } : {}),
  ...(tools.includes('shipit') ? { rsync: 'how Shipit copies' } : {}),
});
if (tools.includes('shipit')) ensureShipit();

// Leaving in the ordinary way takes the fleets along.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

process.exitCode = await faultsCommand(argv, {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
