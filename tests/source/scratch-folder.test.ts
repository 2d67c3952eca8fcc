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
  const dead = ['packs', 'statics', 'pipes'].map((what) => `fabwright-${what}-${ended}-ab`);
  const kept = [
    `fabwright-packs-${process.pid}-cd`,
    'other',
    `other-packs-${ended}-ef`,
    'fabwright-packs-ab-cd',
    'fabwright-trace-99999999-1',
  ];
  for (const name of [...dead, ...kept]) mkdirSync(at(name));
  for (const name of dead) writeFileSync(at(`${name}/1.pack`), 'PACK');
  const made = await scratchFolder(parent);
  expect([...dead, ...kept].filter((name) => existsSync(at(name)))).toEqual(kept);
  expect(basename(made)).toMatch(new RegExp(`^fabwright-packs-${process.pid}-`));
});
