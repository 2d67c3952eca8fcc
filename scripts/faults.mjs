/** npm run faults: breaks deploys at every point in every way and judges what is left (tests/faults/). */
import { join } from 'node:path';
import { ensureDebianPackages, ensureNodeModules, ensureNpmPackages, root, testPackages } from './setup.mjs';

const argv = process.argv.slice(2);
/** As tests/faults/command.ts reads them: without words it is everything. */
const given = argv.includes('--tool') ? argv[argv.indexOf('--tool') + 1] : undefined;
const isNarrow = ['--help', '--task', '--fault', '--point', '--list'].some((word) => argv.includes(word));
const wants = (tool) => (given === undefined ? !isNarrow : given.split(',').includes(tool));

ensureNodeModules();
ensureDebianPackages({
  ...testPackages,
  ...(wants('capistrano') ? { capistrano: 'the control group: the same faults, another tool' } : {}),
  ...(wants('shipit') ? { rsync: 'how Shipit copies' } : {}),
});
if (wants('shipit')) {
  ensureNpmPackages(join(root, '.cache/faults/shipit'), { 'shipit-cli': '5.3.0', 'shipit-deploy': '5.3.0' });
}

// Leaving in the ordinary way takes the fleets along.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

const { createJiti } = await import('jiti');
const { faultsCommand } = await createJiti(import.meta.url).import('../tests/faults/command.ts');
process.exitCode = await faultsCommand(argv, {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
