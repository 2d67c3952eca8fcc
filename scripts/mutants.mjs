/** npm run mutants: plants bugs in a copy of the project and shows that the suites catch each (tests/mutants/). */
import { ensureDebianPackages, ensureNodeModules, root, testPackages } from './setup.mjs';

ensureNodeModules();
ensureDebianPackages(testPackages);

// Leaving in the ordinary way takes the copy, and what runs in it, along.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

const { createJiti } = await import('jiti');
const { mutantsCommand } = await createJiti(import.meta.url).import('../tests/mutants/command.ts');
process.exitCode = await mutantsCommand(process.argv.slice(2), {
  root,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
