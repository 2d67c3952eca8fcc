import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { scratchFolder } from '../../src/source/scratch-folder.ts';

let parent: string;
beforeEach(() => void (parent = mkdtempSync(join(tmpdir(), 'fab-scratch-'))));
afterEach(() => rmSync(parent, { recursive: true }));

test('takes away what killed processes left, and nothing else', async () => {
  const ended = spawnSync(process.execPath, ['-e', '']).pid;
  const at = (name: string): string => join(parent, name);
  const [dead, living, foreign] = [`fabwright-packs-${ended}-ab`, `fabwright-packs-${process.pid}-cd`, 'other'];
  for (const name of [dead, living, foreign]) mkdirSync(at(name));
  writeFileSync(at(`${dead}/1.pack`), 'PACK');
  const made = await scratchFolder(parent);
  expect([dead, living, foreign].map((name) => existsSync(at(name)))).toEqual([false, true, true]);
  expect(basename(made)).toMatch(new RegExp(`^fabwright-packs-${process.pid}-`));
});
