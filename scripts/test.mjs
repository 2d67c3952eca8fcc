/**
 * npm test [-- FLAGS] [JEST'S OWN WORDS]
 *   --slow     the slow suites, and only these
 *   --proof    the proofs, and only these; FAB_PART=0.1 does a tenth of each
 *   --lts      on the current long-term release of Node, whatever runs this
 * FAB_NODE=/path/to/node runs the tests on that Node; FAB_TEST_STRICT=1 makes skipped fleets a failure.
 * Installs what is missing, builds, says which fleets this machine allows, then it is jest's turn.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { build } from './build.mjs';
import { ensureDebianPackages, ensureNodeModules, npmInstall, root, testPackages } from './setup.mjs';

const lts = '24';

const versionOf = (node) => spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? '';

/** The path of a Node of the current long-term release, from npm's package `node`. */
const ensureLts = () => {
  const folder = join(root, '.cache/lts');
  const node = join(folder, 'node_modules/node/bin/node');
  if (existsSync(node) && versionOf(node).startsWith(`v${lts}.`)) return node;
  npmInstall(folder, [`node@${lts}`]);
  if (!versionOf(node).startsWith(`v${lts}.`)) throw new Error(`npm could not install Node ${lts}`);
  return node;
};

const announceFleets = async () => {
  const { createJiti } = await import('jiti');
  const { fleetKinds } = await createJiti(import.meta.url).import('../tests/fleet/kinds.ts');
  for (const { kind, available, reason } of fleetKinds()) {
    process.stderr.write(`${kind} fleets: ${available ? 'yes' : `left out, ${reason}`}\n`);
  }
};

/** Runs jest and returns its exit status. */
const jest = (node, words, kind) => {
  const flags = ['--experimental-vm-modules', '--no-warnings', join(root, 'node_modules/jest/bin/jest.js')];
  const env = {
    ...process.env,
    PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`,
    FAB_TEST_KIND: kind,
  };
  const all = [...flags, ...(kind === 'quick' ? [] : ['--passWithNoTests']), ...words];
  const { status, signal } = spawnSync(node, all, { cwd: root, stdio: 'inherit', env });
  return status ?? 128 + constants.signals[signal];
};

const own = new Set(['--slow', '--proof', '--lts']);
const given = process.argv.slice(2);
const kindOf = (words) => (words.includes('--proof') ? 'proof' : words.includes('--slow') ? 'slow' : 'quick');

try {
  ensureNodeModules();
  ensureDebianPackages(testPackages);
  await build();
  const node = given.includes('--lts') ? ensureLts() : process.env.FAB_NODE || process.execPath;
  await announceFleets();
  if (node !== process.execPath) process.stderr.write(`on Node ${versionOf(node)}\n`);
  const words = given.filter((word) => !own.has(word));
  process.exitCode = jest(node, words, kindOf(given));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
