/**
 * Compiles src/ to dist/ when something has changed since the last time, and makes `npx fab` work in
 * this clone. The new dist/ takes the old one's place whole: what runs meanwhile never sees half of it.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureNodeModules, root } from './setup.mjs';

const dist = join(root, 'dist');
const cache = join(root, '.cache');
const stamp = join(cache, 'built');
const binary = '../../dist/cli/bin.js';

const sources = () => [
  ...readdirSync(join(root, 'src'), { recursive: true }).map((name) => join('src', name)),
  ...['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'],
];

/** Changes with every source file that appears, goes or is written. */
const signature = () => {
  const hash = createHash('sha256');
  for (const name of sources().toSorted()) {
    const { mtimeMs, size } = statSync(join(root, name));
    hash.update(`${name} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex');
};

/** What is started or imported by its name; everything else comes in chunks that they share. */
const entries = ['cli/bin', 'index', 'testing', 'demo/main', 'demo/demo'];

/** Taken in: their many small files take longer to open than to run. */
const taken = ['date-fns', '@date-fns/utc', 'p-map'];

/** Declarations, and whether src/ compiles at all. */
const declare = (into) => {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const words = [tsc, '-p', 'tsconfig.build.json', '--outDir', into];
  return spawnSync(process.execPath, words, { cwd: root, stdio: ['ignore', 2, 2] }).status === 0;
};

/** A few files instead of some hundreds: half of what a start costs is opening modules. */
const bundle = async (into) => {
  const { build: esbuild } = await import('esbuild');
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const external = Object.keys(dependencies).filter((name) => !taken.includes(name));
  await esbuild({
    absWorkingDir: root,
    entryPoints: entries.map((name) => `src/${name}.ts`),
    outbase: 'src',
    outdir: into,
    // One folder deep, as every entry but the first: what is found relative to import.meta.url is found from both.
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    external: external.flatMap((name) => [name, `${name}/*`]),
    legalComments: 'inline',
    logLevel: 'warning',
  });
};

const compile = async () => {
  const next = join(cache, `dist-${process.pid}`);
  if (!declare(next)) {
    rmSync(next, { recursive: true, force: true });
    throw new Error('src/ does not compile');
  }
  await bundle(next);
  if (existsSync(join(next, 'cli/bin.js'))) chmodSync(join(next, 'cli/bin.js'), 0o755);
  const last = `${next}-last`;
  if (existsSync(dist)) renameSync(dist, last);
  renameSync(next, dist);
  rmSync(last, { recursive: true, force: true });
};

const linkTo = (name) => {
  const link = join(root, 'node_modules/.bin', name);
  try {
    if (readlinkSync(link) === binary) return;
  } catch {
    // There is none yet.
  }
  rmSync(link, { force: true });
  symlinkSync(binary, link);
};

/** Brings dist/ up to date. Throws where src/ does not compile; tsc has said why. */
export const build = async () => {
  ensureNodeModules();
  mkdirSync(cache, { recursive: true });
  const now = signature();
  const isCurrent = existsSync(dist) && existsSync(stamp) && readFileSync(stamp, 'utf8') === now;
  if (!isCurrent) {
    process.stderr.write('building dist/ …\n');
    await compile();
    writeFileSync(stamp, now);
  }
  for (const name of ['fab', 'fabwright']) linkTo(name);
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await build();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
