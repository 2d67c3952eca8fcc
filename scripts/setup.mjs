/**
 * Puts in place what the other scripts need, and says so in one line each. Runs on bare Node.
 *   node scripts/setup.mjs         node_modules and what the tests need
 *   node scripts/setup.mjs --ci    and what only the continuous build needs
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Debian packages that `npm run fleet` needs, each with its reason. */
export const fleetPackages = {
  'openssh-server': 'sshd on every host of a fleet',
  'openssh-client': 'ssh and ssh-keygen',
  iproute2: 'the network of a namespace fleet',
  sudo: 'becoming another user on a host',
};

/** Debian packages that `npm test` needs. */
export const testPackages = {
  ...fleetPackages,
  git: 'releases come from it',
  procps: 'looking at what runs on a host',
  busybox: 'the smallest shell that a host may have',
  supervisor: 'the services that a deploy restarts',
  'python3-django': 'a real Django project is deployed',
};

/** Debian packages that `.ci/run` needs. */
export const ciPackages = {
  ...testPackages,
  'ansible-core': "the inventory reader is compared with ansible-inventory's answers",
};

const say = (text) => process.stderr.write(`${text}\n`);

/** Runs a program quietly; what it said is shown only when it fails. */
const quietly = (program, words, env = {}) => {
  const options = { cwd: root, encoding: 'utf8', env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] };
  const { status, error, stdout, stderr } = spawnSync(program, words, options);
  if (status === 0) return true;
  say(`${error?.message ?? ''}${stdout ?? ''}${stderr ?? ''}`.trim());
  return false;
};

const packagesOf = (file) => JSON.parse(readFileSync(join(root, file), 'utf8')).packages;

/** Whether node_modules holds what the lockfile names; packages for other platforms may be absent. */
const matchesLockfile = () => {
  const installed = packagesOf('node_modules/.package-lock.json');
  return Object.entries(packagesOf('package-lock.json')).every(
    ([path, { version, optional }]) =>
      path === '' || installed[path]?.version === version || (optional === true && installed[path] === undefined),
  );
};

const nodeModulesAreCurrent = () => {
  const installed = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installed)) return false;
  if (statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs) return true;
  if (!matchesLockfile()) return false;
  utimesSync(installed, new Date(), new Date());
  return true;
};

/** Installs the locked dependencies where they are absent or not the ones of the lockfile. */
export const ensureNodeModules = () => {
  if (nodeModulesAreCurrent()) return;
  say('installing node_modules (npm ci) …');
  if (!quietly('npm', ['ci', '--no-fund', '--no-audit'])) throw new Error('npm ci failed');
};

const versionIn = (folder, name) => {
  try {
    return JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version;
  } catch {
    return undefined;
  }
};

/** Installs packages (name → exact version) below a folder of their own. What is missing then, the caller notices. */
export const ensureNpmPackages = (folder, packages) => {
  const missing = Object.entries(packages).filter(([name, version]) => versionIn(folder, name) !== version);
  if (missing.length === 0) return;
  npmInstall(
    folder,
    missing.map(([name, version]) => `${name}@${version}`),
  );
};

/** The newest Shipit, where tests/faults and bench look for it. */
export const ensureShipit = () =>
  ensureNpmPackages(join(root, '.cache/faults/shipit'), { 'shipit-cli': '5.3.0', 'shipit-deploy': '5.3.0' });

/** Installs packages below a folder that is nobody's project. */
export const npmInstall = (folder, words) => {
  say(`installing ${words.join(', ')} into ${relative(root, folder)} …`);
  mkdirSync(folder, { recursive: true });
  quietly('npm', ['install', '--prefix', folder, '--no-save', '--no-fund', '--no-audit', ...words]);
};

const isInstalled = (name) => {
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], { encoding: 'utf8' });
  return stdout === 'installed';
};

/** Runs `install` without any service being started by it: a test run must not open this machine's port 22. */
const withoutServices = (install) => {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return install();
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return install();
  } finally {
    rmSync(policy, { force: true });
  }
};

/**
 * Installs Debian packages as root; otherwise, or where that fails, says what to type.
 * `packages` is a list of names or an object of name → reason. Returns the names that are missing.
 */
export const ensureDebianPackages = (packages) => {
  if (!existsSync('/etc/debian_version')) return [];
  const missing = (Array.isArray(packages) ? packages : Object.keys(packages)).filter((name) => !isInstalled(name));
  if (missing.length === 0) return [];
  const words = ['install', '-y', '--no-install-recommends', ...missing];
  if (process.getuid?.() !== 0) {
    say(`not installed: ${missing.join(', ')}. As root: apt-get ${words.join(' ')}`);
    return missing;
  }
  say(`installing ${missing.join(', ')} (apt-get) …`);
  const apt = (...rest) =>
    quietly('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=120', ...rest], { DEBIAN_FRONTEND: 'noninteractive' });
  apt('update');
  withoutServices(() => apt(...words));
  return missing.filter((name) => !isInstalled(name));
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  ensureNodeModules();
  const missing = ensureDebianPackages(process.argv.includes('--ci') ? ciPackages : testPackages);
  process.exitCode = missing.length === 0 ? 0 : 1;
}
