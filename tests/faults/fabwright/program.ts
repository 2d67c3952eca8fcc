import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const project = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Joins the driver and the program into a few files in a built copy's folder and returns the driver's path: a
 * thousand controllers start, and none of them should have to compile itself. What a fabfile imports as `fabwright`
 * is the same program that the driver watches.
 */
export const writeDriver = (checkout: string): string => {
  buildSync({
    absWorkingDir: project,
    entryPoints: { 'faults/driver': 'tests/faults/fabwright/driver.ts', index: 'src/index.ts' },
    outdir: join(checkout, 'watched'),
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    logLevel: 'error',
  });
  return join(checkout, 'watched/faults/driver.js');
};
