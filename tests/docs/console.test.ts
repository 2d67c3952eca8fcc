import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, hostname, tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { consoleBlocks, masked } from './console.ts';

// Every console block in these documents is what the command really prints, on a demo fleet of our own.
const documents = ['README.md', 'docs/coming-from-commcare-cloud.md'];
const project = resolve('.');
const folder = mkdtempSync(join(tmpdir(), 'fabwright-docs-'));
const environment = {
  ...process.env,
  FAB_DEMO_DIR: folder,
  FAB_ENVIRONMENTS: join(folder, 'environments'),
  XDG_STATE_HOME: join(folder, 'state'),
  XDG_CACHE_HOME: join(folder, 'cache'),
  NO_COLOR: '1',
};

const demo = (...words: string[]) =>
  spawnSync(process.execPath, ['scripts/demo.mjs', ...words], { cwd: project, env: environment, encoding: 'utf8' });

beforeAll(() => {
  const played = demo();
  if (played.status !== 0) throw new Error(played.stdout + played.stderr);
}, 120_000);

afterAll(() => {
  demo('--down');
  rmSync(folder, { recursive: true, force: true });
});

/** Whoever writes the README; the page says a role, not a name. */
const me = `${userInfo().username}@${hostname()}`;

const shown = (text: string): string =>
  text
    .replaceAll(folder, '.')
    .replaceAll(homedir(), '~')
    .replace(/^looking at .*\n/gm, '')
    .replaceAll(me, 'ops@control');

/** What a person sees at a terminal: both streams, in the order they were written. */
const run = (command: string): string => {
  const line = command.replace(/^npx fab/, `${process.execPath} ${join(project, 'dist/cli/bin.js')}`);
  const { stdout } = spawnSync('/bin/sh', ['-c', `{ ${line}\n} 2>&1`], {
    cwd: project,
    env: environment,
    encoding: 'utf8',
  });
  return shown(stdout);
};

test.each(documents)('what %s shows is what the commands print', (document) => {
  const text = readFileSync(document, 'utf8');
  let updated = text;
  for (const block of consoleBlocks(text)) {
    const printed = block.commands
      .map((command) => `$ ${command}\n${run(command).replace(/^\n+/, '').trimEnd()}\n`)
      .join('');
    updated = updated.replace(block.text, () => printed);
    if (process.env['UPDATE_DOCS'] !== '1') expect(masked(block.text)).toBe(masked(printed));
  }
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(document, updated);
});
