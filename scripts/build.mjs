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

const compile = () => {
  const next = join(cache, `dist-${process.pid}`);
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const words = [tsc, '-p', 'tsconfig.build.json', '--outDir', next];
  const { status } = spawnSync(process.execPath, words, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    rmSync(next, { recursive: true, force: true });
    throw new Error('src/ does not compile');
  }
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
export const build = () => {
  ensureNodeModules();
  mkdirSync(cache, { recursive: true });
  const now = signature();
  const isCurrent = existsSync(dist) && existsSync(stamp) && readFileSync(stamp, 'utf8') === now;
  if (!isCurrent) {
    process.stderr.write('building dist/ (tsc) …\n');
    compile();
    writeFileSync(stamp, now);
  }
  for (const name of ['fab', 'fabwright']) linkTo(name);
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    build();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
