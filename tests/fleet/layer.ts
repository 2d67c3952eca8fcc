import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemPath } from './system.ts';

const cache = fileURLToPath(new URL('../../.cache/layers', import.meta.url));
const installer = fileURLToPath(new URL('layer.sh', import.meta.url));

/** What the hosts of the CommCare fleet have installed. */
export const commcarePackages = [
  'celery',
  'curl',
  'gettext',
  'gunicorn',
  'nginx-light',
  'postgresql',
  'python3-celery',
  'python3-django',
  'python3-psycopg2',
  'python3-redis',
  'python3-venv',
  'rabbitmq-server',
  'redis-server',
  'supervisor',
] as const;

/** The layer holds a package database of its own, so it fits only above the root that it was made on. */
const nameOf = (packages: readonly string[]): string => {
  const hash = createHash('sha256').update([...packages].sort().join(' '));
  for (const file of ['/etc/debian_version', '/var/lib/dpkg/status', installer]) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
};

const install = (folder: string, packages: readonly string[]): void => {
  const words = ['--mount', '--propagation', 'private', 'sh', installer, folder, ...packages];
  const { status, error, stdout, stderr } = spawnSync('unshare', words, {
    encoding: 'utf8',
    env: { PATH: systemPath },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 0) return;
  const lastWords = `${stdout}${stderr}`.trim().split('\n').slice(-12).join('\n');
  throw new Error(`Debian packages could not be installed into a layer: ${error?.message ?? lastWords}`);
};

/** Two processes may make the same layer at once; the first one's is kept. */
const keep = (made: string, folder: string): void => {
  try {
    renameSync(made, folder);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
};

/**
 * The folder of an overlay layer above this machine's root that has these Debian packages installed, none of
 * their services started. Made once (root, and a reachable Debian mirror) and kept in `.cache/layers`.
 */
export const packageLayer = (packages: readonly string[]): string => {
  const folder = join(cache, nameOf(packages));
  if (existsSync(folder)) return folder;
  process.stderr.write(`installing ${packages.length} Debian packages for the hosts (once, into .cache/layers) …\n`);
  mkdirSync(cache, { recursive: true });
  const making = `${folder}.${process.pid}`;
  try {
    install(making, packages);
    keep(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return folder;
};
