/**
 * npm run load [-- --part 0.1]: users of a CommCare fleet while it is deployed to, rolled back, restarted and
 * broken; prints what they noticed (docs/commcare.md). Exit status 1 where that is anything.
 * UPDATE_DOCS=1 npm run load: and writes it down there, where the whole of it was done and nothing was noticed.
 */
import { build } from './build.mjs';
import { writeDown } from './documents.mjs';
import { ensureDebianPackages, ensureNodeModules, testPackages } from './setup.mjs';

const words = process.argv.slice(2);
const at = words.indexOf('--part');
// The proof reads it from here, as it does under npm run proof.
if (at !== -1) process.env.FAB_PART = words[at + 1] ?? '1';

ensureNodeModules();
ensureDebianPackages(testPackages);
await build();
const { createJiti } = await import('jiti');
const jiti = createJiti(import.meta.url);
const { prove } = await jiti.import('../tests/commcare-fleet/load/proof.ts');
const { tableOf } = await jiti.import('../tests/commcare-fleet/load/table.ts');
const { objections } = await jiti.import('../tests/commcare-fleet/load/verdict.ts');

const found = await prove((line) => process.stderr.write(`${line}\n`));
process.stdout.write(`${tableOf(found)}\n`);
const against = objections(found);
for (const sentence of against) process.stderr.write(`✗ ${sentence}\n`);
if (against.length === 0 && at === -1 && process.env.UPDATE_DOCS === '1')
  writeDown('docs/commcare.md', 'npm run load', tableOf(found));
process.exitCode = against.length === 0 ? 0 : 1;
