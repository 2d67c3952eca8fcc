/**
 * `npm run demo`: from a fresh clone to a deployed fleet (src/demo/ tells the story). Runs on bare
 * Node, with nothing installed yet.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { build } from './build.mjs';
import { ensureDebianPackages, ensureNodeModules, root } from './setup.mjs';

const words = process.argv.slice(2);
const story = new URL('../dist/demo/demo.js', import.meta.url);

/** Programs that the demo's hosts need, and the Debian packages that have them. */
const needed = { git: 'git', perl: 'perl-base', setsid: 'util-linux' };

const missing = () =>
  Object.keys(needed).filter((program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined);

/** Why the demo cannot be played here, as a sentence; nothing when it can. */
const obstacle = () => {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    return `fabwright needs Node 20.19 or newer; this is ${process.versions.node}.`;
  if (process.platform !== 'linux') return 'The demo plays its hosts on this machine, and needs Linux for that.';
  if (missing().length > 0) ensureDebianPackages(missing().map((program) => needed[program]));
  return missing().length > 0 ? `The demo needs ${missing().join(' and ')}.` : undefined;
};

const main = async () => {
  const sentence = obstacle();
  if (sentence !== undefined) {
    process.stderr.write(`${sentence}\n`);
    return 2;
  }
  ensureNodeModules();
  // What ends or explains the demo needs no newer build than the one that started it.
  if (!existsSync(story) || !words.some((word) => ['--down', '--help'].includes(word))) await build();
  const { runDemo } = await import(story.href);
  const directory = process.env.FAB_DEMO_DIR || undefined;
  return runDemo({ project: root, words, directory, write: (line) => process.stdout.write(`${line}\n`) });
};

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`The demo failed: ${error.message}\n`);
  process.exitCode = 1;
}
